import assert from "node:assert/strict";
import type { CommandSpec } from "../../shell/command.ts";
import { loaded, parsed, wordsOf } from "./command_lines.ts";
import { run } from "./memory_io.ts";

/** Every command's path, groups among them. */
function pathsOf(spec: CommandSpec, path: readonly string[]): string[][] {
  return [
    [...path],
    ...(spec.commands ?? []).flatMap((child) => pathsOf(child, [...path, child.name])),
  ];
}

/** The lines under `Examples:`, without their notes. */
async function examplesOf(path: readonly string[]): Promise<string[]> {
  const { out } = await run([...path, "--help"]);
  const [, examples = ""] = out.split("\nExamples:\n");
  return examples.split("\n").filter((line) => line.startsWith("  "))
    .map((line) => line.trim().split(/ {2,}# /)[0]);
}

Deno.test("crosstown --help: every example is a command that exists, with its flags", async () => {
  const examples = await examplesOf([]);
  assert.ok(examples.length > 0);
  for (const example of examples) assert.ok(parsed(wordsOf(example)), example);
});

for (const [name, spec] of loaded) {
  for (const path of pathsOf(spec, [name])) {
    Deno.test(`crosstown ${path.join(" ")} --help: examples are commands that exist, with their flags, and one is this command`, async () => {
      const examples = await examplesOf(path);
      const found = examples.map((example) => {
        const path = parsed(wordsOf(example));
        assert.ok(path, example);
        return path;
      });
      assert.ok(examples.length === 0 || found.includes(path.join(" ")), examples.join("\n"));
    });
  }
}

Deno.test("commands that print a document a line say so in their help, and the README names them", async () => {
  const readme = await Deno.readTextFile(new URL("../../README.md", import.meta.url));
  const [sentence] = /[^\n.]*`relay watch`[^.]*NDJSON/s.exec(readme) ?? [];
  for (const [name, spec] of loaded) {
    for (const path of pathsOf(spec, [name])) {
      const { out } = await run([...path, "--help"]);
      const command = path.join(" ");
      const said = out.replace(/\s+/g, " ").includes("one document a line (NDJSON)");
      assert.equal(said, sentence?.includes(`\`${command}\``), command);
    }
  }
});

Deno.test("every command that runs has an example", () => {
  const without = (each: CommandSpec, path: string): string[] => [
    ...(each.run !== undefined && !each.examples?.length ? [path] : []),
    ...(each.commands ?? []).flatMap((child) => without(child, `${path} ${child.name}`)),
  ];
  assert.deepEqual([...loaded].flatMap(([name, spec]) => without(spec, name)), []);
});
