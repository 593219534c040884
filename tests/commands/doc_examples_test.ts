import assert from "node:assert/strict";
import type { CommandSpec } from "../../shell/command.ts";
import { parseSkillCard } from "../../skills/format/skill_card.ts";
import { linesOf, loaded, parsed, wordsOf } from "./command_lines.ts";

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

Deno.test("skills/crosstown/SKILL.md is a skill of the open format", async () => {
  const text = await Deno.readTextFile(new URL("skills/crosstown/SKILL.md", ROOT));
  const { name, description } = parseSkillCard(text, "crosstown");
  assert.equal(name, "crosstown");
  assert.ok(description.length > 100);
});
