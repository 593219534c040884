import assert from "node:assert/strict";
import { productFiles, sourceFiles } from "../../lint/measure.ts";

const root = new URL("../../", import.meta.url);

/** Every page, as a path from the root. */
async function pages(folder = "docs"): Promise<string[]> {
  const found = folder === "docs"
    ? ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "examples/README.md"]
    : [];
  for await (const { name, isDirectory } of Deno.readDir(new URL(`${folder}/`, root))) {
    if (isDirectory) found.push(...await pages(`${folder}/${name}`));
    else if (name.endsWith(".md")) found.push(`${folder}/${name}`);
  }
  return found;
}

Deno.test("every link of the docs to a file of this repository resolves, its heading too", async () => {
  const broken: string[] = [];
  for (const page of await pages()) {
    const text = await Deno.readTextFile(new URL(page, root));
    for (const [, target] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(target)) continue;
      const [path, heading] = target.split("#");
      const file = path === "" ? new URL(page, root) : new URL(path, new URL(page, root));
      const there = await Deno.stat(file).catch(() => null);
      if (there === null) broken.push(`${page}: ${target}`);
      else if (heading && !headings(await Deno.readTextFile(file)).includes(heading)) {
        broken.push(`${page}: ${target} (no such heading)`);
      }
    }
  }
  assert.deepEqual(broken, []);
});

Deno.test("docs/README.md lists every page of docs/", async () => {
  const index = await Deno.readTextFile(new URL("docs/README.md", root));
  const listed = [...index.matchAll(/\]\(([a-z_-]+\.md)\)/g)].map(([, page]) => `docs/${page}`);
  const there = (await pages()).filter((page) => /^docs\/[a-z_-]+\.md$/.test(page));
  assert.deepEqual([...new Set(listed)].sort(), there.sort());
});

Deno.test("every page that a comment cites is in this repository, its heading too", async () => {
  const broken: string[] = [];
  for (const { path, text } of productFiles(decodeURIComponent(root.pathname).replace(/\/$/, ""))) {
    for (
      const [cited, page, heading] of text.matchAll(/(?<![\w/.:-])([\w./-]+\.md)\b(?:#([\w-]+))?/g)
    ) {
      if (
        !text.split("\n").some((line) => /^\s*(\*|\/\/|\/\*)/.test(line) && line.includes(cited))
      ) {
        continue; // A file that the program reads or writes, not one that a comment cites.
      }
      if (!page.includes("/") || page.startsWith("nips/")) continue; // A kind of file, e.g. SKILL.md.
      const there = await Deno.readTextFile(new URL(page, root)).catch(() => null);
      if (there === null) broken.push(`${path}: ${cited}`);
      else if (heading !== undefined && !headings(there).includes(heading)) {
        broken.push(`${path}: ${cited} (no such heading)`);
      }
    }
  }
  assert.deepEqual(broken, []);
});

Deno.test("no comment cites a requirement by a number that no page explains", async () => {
  const explained = new Set(
    [...(await Deno.readTextFile(new URL("docs/money.md", root))).matchAll(/\*\*([PQ]\d)\*\*/g)]
      .map(([, rule]) => rule),
  );
  assert.ok(explained.size > 5);
  const wrong: string[] = [];
  for (const { path, text } of sourceFiles(decodeURIComponent(root.pathname).replace(/\/$/, ""))) {
    for (const line of text.split("\n").filter((each) => /^\s*(\*|\/\/|\/\*)/.test(each))) {
      for (
        const [cited] of line.matchAll(/\b(?:N?FR-?\d+|[PQ]\d)\b|(?<=[( ])[RSVW][1-9]\d?(?=[,)])/g)
      ) {
        if (!explained.has(cited)) wrong.push(`${path}: ${cited}`);
      }
    }
  }
  assert.deepEqual(wrong, []);
});

/** As GitHub names them. */
function headings(text: string): string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
    heading.toLowerCase().replaceAll(/[^\p{L}\p{N}\s_-]/gu, "").trim().replaceAll(" ", "-")
  );
}

Deno.test("decisions are numbered without gap or double, in the name and in the heading", async () => {
  const decisions = (await pages()).filter((page) => page.startsWith("docs/decisions/")).sort();
  assert.ok(decisions.length > 0);
  for (const [i, page] of decisions.entries()) {
    const number = i + 1;
    assert.ok(page.startsWith(`docs/decisions/${String(number).padStart(4, "0")}-`), page);
    const text = await Deno.readTextFile(new URL(page, root));
    assert.ok(text.startsWith(`# ${number}. `), page);
  }
});

Deno.test("docs/dependencies.md has no line for a package that is gone", async () => {
  const { imports } = JSON.parse(await Deno.readTextFile(new URL("deno.json", root)));
  const names = new Set(Object.keys(imports).map((name) => name.replace(/\/$/, "")));
  const docs = await Deno.readTextFile(new URL("docs/dependencies.md", root));
  const rows = docs.split("\n").filter((line) => line.startsWith("| `"));
  assert.ok(rows.length > 0);
  for (const row of rows) {
    for (const [, name] of row.split("|")[1].matchAll(/`([^`]+)`/g)) {
      assert.ok(names.has(name), `${name} is not imported`);
    }
  }
});

Deno.test("every command that the docs show exists", async () => {
  const { COMMANDS } = await import("../../commands/command_table.ts");
  const unknown: string[] = [];
  for (const page of await pages()) {
    const text = await Deno.readTextFile(new URL(page, root));
    for (const [, line] of text.matchAll(/(?:^|[`$] ?|\| )crosstown ([a-z][a-z -]*[a-z])/gm)) {
      const [group, name] = line.split(" ");
      const entry = COMMANDS.find((each) => each.name === group);
      const { commands } = entry === undefined ? {} : (await entry.load()).command;
      const known = entry !== undefined &&
        (commands === undefined || name === undefined || name.startsWith("-") ||
          commands.some((each) => each.name === name));
      if (!known) unknown.push(`${page}: crosstown ${line}`);
    }
  }
  assert.deepEqual(unknown, []);
});
