/**
 * A page of the site around its content: navigation, headings of this page, and nothing that runs. Pure.
 *
 * @module
 */
import { escapeHtml, type Heading, type Rendered } from "./markdown.ts";

/** A group of links in the navigation. */
export interface Group {
  readonly title: string;
  readonly links: readonly { readonly text: string; readonly path: string }[];
}

/** A page with its place. */
export interface Page extends Rendered {
  /** From the top of the site, e.g. `docs/jobs.html`. */
  readonly path: string;
}

/** The whole HTML document. */
export function layout({ path, html, headings }: Page, groups: readonly Group[]): string {
  const title = headings[0]?.text ?? path;
  const name = title === "crosstown" ? title : `${title} - crosstown`;
  const to = (target: string) => escapeHtml(relative(path, target));
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src 'self'; style-src 'self'">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(name)}</title>
<link rel="stylesheet" href="${to("style.css")}">
</head>
<body>
<a class="skip" href="#content">Skip to the content</a>
<header><a href="${to("index.html")}">crosstown</a> <a href="${
    to("docs/index.html")
  }">Documentation</a></header>
<div class="columns">
<main id="content">
${onThisPage(headings)}${html}</main>
<nav aria-label="Documentation">
${groups.map((group) => listOf(group, path, to)).join("")}</nav>
</div>
</body>
</html>
`;
}

function listOf({ title, links }: Group, path: string, to: (target: string) => string): string {
  const items = links.map((link) =>
    `<li><a href="${to(link.path)}"${link.path === path ? ' aria-current="page"' : ""}>${
      escapeHtml(link.text)
    }</a></li>\n`
  );
  return `<p class="group">${escapeHtml(title)}</p>\n<ul>\n${items.join("")}</ul>\n`;
}

const LEAST = 4;

/** Links to the sections of a longer page. */
function onThisPage(headings: readonly Heading[]): string {
  const sections = headings.filter(({ level }) => level === 2);
  if (sections.length < LEAST) return "";
  const items = sections.map(({ id, text }) =>
    `<li><a href="#${id}">${escapeHtml(text)}</a></li>\n`
  );
  return `<nav class="sections" aria-label="On this page">\n<ul>\n${items.join("")}</ul>\n</nav>\n`;
}

/** The way from one page of the site to another, so that the site works in any folder, and from the disk. */
export function relative(from: string, to: string): string {
  const [here, there] = [from.split("/").slice(0, -1), to.split("/")];
  let shared = 0;
  while (shared < here.length && shared < there.length - 1 && here[shared] === there[shared]) {
    shared++;
  }
  return [...here.slice(shared).map(() => ".."), ...there.slice(shared)].join("/");
}
