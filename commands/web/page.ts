/**
 * The page, script and style that the browser gets. The page inserts texts of the home only as text nodes.
 *
 * @module
 */

/** The page. */
export const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>crosstown</title>
<link rel="stylesheet" href="dashboard.css">
<script src="dashboard.js" defer></script>
</head>
<body>
<nav>
<button type="button" data-choice="all">All jobs</button>
<button type="button" data-choice="open">Open</button>
<button type="button" data-choice="failed">Failed</button>
<button type="button" id="back" hidden>Back to the list</button>
<output id="state">connecting</output>
</nav>
<main id="screen" aria-live="off"></main>
<span id="probe" aria-hidden="true">MMMMMMMMMMMMMMMMMMMM</span>
</body>
</html>
`;

/** Draws the frames, and requests new ones when the person selects something. */
export const SCRIPT = `"use strict";
const screen = document.getElementById("screen");
const state = document.getElementById("state");
const back = document.getElementById("back");
const probe = document.getElementById("probe");
const chosen = { choice: "all", job: null };
let source = null;
let size = "";

function measured() {
  const { width, height } = probe.getBoundingClientRect();
  const columns = Math.floor(screen.clientWidth / (width / 20));
  const rows = Math.floor((window.innerHeight - screen.getBoundingClientRect().top - 8) / height);
  return { columns: Math.max(40, columns), rows: Math.max(10, rows) };
}

function connect() {
  source?.close();
  const { columns, rows } = measured();
  size = columns + "x" + rows;
  const asked = new URLSearchParams({ columns, rows, choice: chosen.choice });
  if (chosen.job !== null) asked.set("job", chosen.job);
  source = new EventSource("frames?" + asked);
  source.onopen = () => state.textContent = "live";
  source.onerror = () => state.textContent = "not connected";
  source.onmessage = ({ data }) => draw(JSON.parse(data));
  back.hidden = chosen.job === null;
  for (const button of document.querySelectorAll("[data-choice]")) {
    button.setAttribute("aria-pressed", String(button.dataset.choice === chosen.choice));
  }
}

function draw(lines) {
  screen.replaceChildren(...lines.map((line) => {
    const row = document.createElement("div");
    if (line.length === 1 && /^─+$/.test(line[0][0])) row.className = "rule";
    for (const [text, tone] of line) {
      const span = document.createElement("span");
      span.className = text.length < 24 ? tone + " whole" : tone;
      span.textContent = text;
      row.append(span);
    }
    return row;
  }));
  // Long lines fold. They take the place of the last empty rows.
  const empty = [...screen.children].filter((row) => row.childElementCount === 0);
  for (const row of empty.reverse()) {
    if (document.documentElement.scrollHeight <= window.innerHeight) break;
    row.remove();
  }
}

screen.addEventListener("click", ({ target }) => {
  const found = /job-[0-9a-f]{7,64}/.exec(target.closest("div")?.textContent ?? "");
  if (found === null) return;
  chosen.job = found[0];
  connect();
});
for (const button of document.querySelectorAll("[data-choice]")) {
  button.addEventListener("click", () => {
    chosen.choice = button.dataset.choice;
    chosen.job = null;
    connect();
  });
}
back.addEventListener("click", () => {
  chosen.job = null;
  connect();
});
document.addEventListener("keydown", ({ key }) => {
  if (key === "Escape" && chosen.job !== null) back.click();
});
let later = 0;
window.addEventListener("resize", () => {
  clearTimeout(later);
  later = setTimeout(() => {
    const { columns, rows } = measured();
    if (columns + "x" + rows !== size) connect();
  }, 200);
});
connect();
`;

/** Light or dark, as the person's system is set. */
export const STYLE =
  `:root { color-scheme: light dark; --good: #0a7a2f; --bad: #b3261e; --warn: #8a5a00; --dim: #6b6b6b; }
@media (prefers-color-scheme: dark) {
  :root { --good: #5fd38d; --bad: #ff8a80; --warn: #ffc857; --dim: #9a9a9a; }
}
body { margin: 8px; font: 14px/1.35 ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; }
nav { display: flex; gap: 8px; margin-bottom: 8px; align-items: center; }
button { font: inherit; padding: 2px 10px; }
button[aria-pressed="true"] { font-weight: bold; }
#state { margin-left: auto; color: var(--dim); }
#screen div { white-space: pre-wrap; overflow-wrap: anywhere; min-height: 1.35em; }
#screen div { padding-left: 3ch; text-indent: -3ch; }
#screen .whole { display: inline-block; white-space: pre; text-indent: 0; }
#screen div.rule { white-space: pre; overflow: hidden; }
#probe { position: absolute; top: 0; visibility: hidden; white-space: pre; }
.good { color: var(--good); }
.bad { color: var(--bad); }
.warn { color: var(--warn); }
.dim { color: var(--dim); }
`;
