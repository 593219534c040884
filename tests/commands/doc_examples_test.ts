import assert from "node:assert/strict";
import type { CommandSpec } from "../../shell/command.ts";
import { parseSkillCard } from "../../skills/format/skill_card.ts";
import { linesOf, loaded, parsed, wordsOf } from "./command_lines.ts";
import { allDocLines, docLines } from "./doc_lines.ts";

const ROOT = new URL("../../", import.meta.url);
const pages = ["README.md", "CONTRIBUTING.md", "skills/crosstown/SKILL.md", "examples/README.md"];
for await (const { name } of Deno.readDir(new URL("docs/", ROOT))) {
  if (name.endsWith(".md")) pages.push(`docs/${name}`);
}

Deno.test("linesOf() finds command lines in code blocks and in text, each way of saying it", () => {
  const page = [
    "`crosstown dev",
    "up --detach`, `crosstown payments history|export`, `crosstown.toml`, `crosstown`",
    "```",
    "$ crosstown job list --output json | jq .jobs   # all",
    "TESTNET dev: tokens are worth nothing",
    "GASTOWN_HOME=/x deno task -q crosstown job \\",
    "  show 1",
    'eval "$(crosstown completion bash)"',
    "```",
  ].join("\n");
  assert.deepEqual(linesOf(page).map(wordsOf), [
    ["job", "list", "--output", "json"],
    ["job", "show", "1"],
    ["completion", "bash"],
    ["dev", "up", "--detach"],
    ["payments", "history"],
    ["payments", "export"],
  ]);
});

/** Nothing but the path of a command. */
function isName(line: string): boolean {
  let specs: readonly CommandSpec[] = [...loaded.values()];
  return wordsOf(line).every((word) => {
    const found = specs.find(({ name }) => name === word);
    specs = found?.commands ?? [];
    return found !== undefined;
  });
}

for (const page of pages.sort()) {
  Deno.test(`${page}: every command line is a command that exists, with its flags`, async () => {
    const lines = linesOf(await Deno.readTextFile(new URL(page, ROOT)));
    const faults = lines.flatMap((line) => {
      try {
        const words = wordsOf(line);
        const help = words.at(-1) === "--help";
        return parsed(words) === undefined && !help ? [`${line}: no command`] : [];
      } catch (error) {
        // Text may mention a command by its name only.
        if (isName(line) && error instanceof Error && /missing required/.test(error.message)) {
          return [];
        }
        return [`${line}: ${error instanceof Error ? error.message : error}`];
      }
    });
    assert.deepEqual(faults, []);
  });
}

Deno.test("docLines() gives the lines that a shell would run, whole, and none of what was printed", () => {
  const page = [
    "```",
    "TESTNET dev: tokens are worth nothing",
    "git version 2.39.5",
    "```",
    "```json",
    '{ "crosstown": "mcp" }',
    "```",
    "- a list",
    "  ```",
    "  $ crosstown job \\",
    "      list |",
    "    jq .   # all",
    "  printed",
    "  ```",
    "```sh",
    "deno task -q docs",
    "```",
  ].join("\n");
  assert.deepEqual(docLines("page", page).map(({ line }) => line), [
    "crosstown job list | jq .",
    "deno task -q docs",
  ]);
});

/** A line may come first in a block only where `docLines()` knows its program. */
Deno.test("every block with a line that begins with crosstown is one whose lines are checked", async () => {
  const found = new Set((await allDocLines()).map(({ line }) => line));
  for (const page of pages) {
    const text = await Deno.readTextFile(new URL(page, ROOT));
    for (const [, block] of text.matchAll(/^ *```\n([^]*?)^ *```$/gm)) {
      for (
        const [, line] of block.matchAll(/^ *(?:\$ )?(crosstown [a-z-][^\n|\\]*?)(?: +#.*)?$/gm)
      ) {
        assert.ok(found.has(line), `${page}: ${line}`);
      }
    }
  }
});

Deno.test("each command of a code block has the arguments that it needs", async () => {
  const faults: string[] = [];
  for (const { page, line } of await allDocLines()) {
    for (const each of line.split(/\|\s*(?=crosstown )/)) {
      const words = wordsOf(each.trim());
      try {
        if (words.length > 0) parsed(words);
      } catch (error) {
        faults.push(`${page}: ${line}: ${error instanceof Error ? error.message : error}`);
      }
    }
  }
  assert.deepEqual(faults, []);
});

Deno.test("each task that a code block runs is there, says its flags, and is run by the pinned Deno", async () => {
  const { tasks } = JSON.parse(await Deno.readTextFile(new URL("deno.json", ROOT)));
  const pinned = /DENO_VERSION=(\S+)/.exec(await Deno.readTextFile(new URL(".ci/run", ROOT)))![1];
  let seen = 0;
  for (const { page, line } of await allDocLines()) {
    for (const [, version] of line.matchAll(/\bdeno@(\S+)/g)) assert.equal(version, pinned, page);
    for (const [, name, rest] of line.matchAll(/\bdeno(?:@\S+)? task (?:-q )?([\w-]+)([^;}]*)/g)) {
      seen++;
      assert.ok(tasks[name], `${page}: ${line}`);
      // The program parses its own.
      if (name === "crosstown") continue;
      for (const [flag] of rest.matchAll(/--[a-z][a-z-]*/g)) {
        const known = tasks[name].description.includes(flag);
        assert.ok(known, `${page}: ${line}: the task's description has no ${flag}`);
      }
    }
  }
  assert.ok(seen > 30, `${seen} tasks`);
});

Deno.test("skills/crosstown/SKILL.md is a skill of the open format", async () => {
  const text = await Deno.readTextFile(new URL("skills/crosstown/SKILL.md", ROOT));
  const { name, description } = parseSkillCard(text, "crosstown");
  assert.equal(name, "crosstown");
  assert.ok(description.length > 100);
});
