/** Help and documents name only what exists: every `crosstown ...` in them is a command with options that it has. */
import assert from "node:assert/strict";
import type { CommandSpec } from "../../shell/command.ts";
import { COMMANDS } from "../../commands/command_table.ts";
import { GLOBAL_OPTIONS } from "../../shell/globals.ts";

const ROOT = new URL("../../", import.meta.url);
const groups = new Map(
  await Promise.all(
    COMMANDS.map(async ({ name, load }) => [name, (await load()).command] as const),
  ),
);

/** Long flags of a command or of the whole program. */
const longOf = (flags: string) => /--[a-z][a-z-]*/.exec(flags)?.[0] ?? "";
const EVERYWHERE = new Set([
  ...GLOBAL_OPTIONS.map(({ flags }) => longOf(flags)),
  "--help",
  "--version",
]);

/** Why a command line names something that is not there; null when all is there. */
function missing(line: string): string | null {
  const words = line.trim().split(/\s+/).slice(1);
  const first = words.find((word) => !word.startsWith("-"));
  if (first === undefined) {
    const flag = words.find((word) => word.startsWith("--") && !EVERYWHERE.has(word));
    return flag === undefined ? null : `${flag} is no option of crosstown`;
  }
  if (first === "help") return null;
  let spec: CommandSpec | undefined;
  let path = "crosstown";
  let level: readonly CommandSpec[] = [...groups].map(([name, each]) => ({ ...each, name }));
  for (const word of words) {
    if (word.startsWith("-")) break;
    const next = level.find(({ name, aliases }) => name === word || aliases?.includes(word));
    if (next === undefined) {
      if (spec?.args?.length || (spec?.run !== undefined && !spec.commands?.length)) break;
      // `wallet init|import`: each of them.
      const all = word.split("|");
      const unknown = all.find((each) => !level.some(({ name }) => name === each));
      if (unknown === undefined && all.length > 1) return null;
      return /^[a-z][a-z-]*$/.test(unknown ?? word) ? `${path} has no ${unknown ?? word}` : null;
    }
    spec = next;
    path += ` ${word}`;
    level = next.commands ?? [];
  }
  const known = new Set([
    ...EVERYWHERE,
    ...(spec?.options ?? []).map(({ flags }) => longOf(flags)),
  ]);
  for (const word of words) {
    const flag = /^--[a-z][a-z-]*/.exec(word)?.[0];
    if (flag !== undefined && !known.has(flag)) return `${path} has no ${flag}`;
  }
  return null;
}

/** Command lines of a text: after a prompt or on their own line in a code block, and in back quotes or quotes. */
function linesOf(text: string): string[] {
  const found: string[] = [];
  const take = (line: string) => {
    // Up to characters that end a command in a shell.
    for (const part of line.split(/\s(?:\||&&|;|>|#|2>)|[;)]\s*$/)) {
      const at = part.search(/\bcrosstown [a-z-]/);
      if (at >= 0 && !/[\w./:@"-]/.test(part[at - 1] ?? "")) found.push(part.slice(at));
    }
  };
  for (const [, block] of text.matchAll(/```(?:sh|bash|console|)\n([\s\S]*?)```/g)) {
    for (const line of block.replaceAll(/\\\n\s*/g, " ").split("\n")) {
      if (/^\s*(?:\$ |Try: +)?(?:deno task -q )?crosstown [a-z-]/.test(line)) take(line);
    }
  }
  for (const [, , code] of text.matchAll(/(`|')(crosstown [^`'\n]+(?:\n[^`'\n]+)?)\1/g)) {
    take(code.replaceAll(/\s+/g, " "));
  }
  return found;
}

Deno.test("missing() finds a command and an option that are not there, and no others", () => {
  for (
    const [line, why] of [
      ["crosstown job submit echo --input x --wait", null],
      ["crosstown job sumbit echo", "crosstown job has no sumbit"],
      ["crosstown job submit echo --inptu x", "crosstown job submit has no --inptu"],
      ["crosstown wallets", "crosstown has no wallets"],
      ["crosstown wallet init|import", null],
      ["crosstown wallet init|imprt", "crosstown wallet has no imprt"],
      ["crosstown --output json job list", null],
    ] as const
  ) assert.equal(missing(line), why, line);
});

const walk = (spec: CommandSpec, path: string): [string, CommandSpec][] => [
  [path, spec],
  ...(spec.commands ?? []).flatMap((each) => walk(each, `${path} ${each.name}`)),
];
const all = [...groups].flatMap(([name, spec]) => walk(spec, name));

Deno.test("each command's examples, description and group line name only what exists", () => {
  const wrong: string[] = [];
  for (const [path, { examples = [], description = "", summary, options = [], args = [] }] of all) {
    for (const { command } of examples) {
      for (const line of linesOf(`\`${command}\``)) {
        const why = missing(line);
        if (why !== null) wrong.push(`${path}: ${command}: ${why}`);
      }
    }
    const texts = [description, summary, ...[...options, ...args].map((each) => each.summary)];
    for (const line of texts.flatMap(linesOf)) {
      const why = missing(line);
      if (why !== null) wrong.push(`${path}: ${line}: ${why}`);
    }
  }
  // `buy compute: submit, status, chain`: the names after the colon of a group are its commands.
  for (const { name, summary } of COMMANDS) {
    const names = new Set((groups.get(name)!.commands ?? []).map((each) => each.name));
    const listed = /: ([a-z-]+(?:, [a-z-]+)+)$/.exec(summary)?.[1].split(", ") ?? [];
    if (!listed.some((each) => names.has(each))) continue;
    for (const each of listed) if (!names.has(each)) wrong.push(`${name}: no ${each}`);
  }
  assert.deepEqual(wrong, []);
});

Deno.test("README, docs and suggestions of errors name only commands and options that exist", async () => {
  const wrong: string[] = [];
  let seen = 0;
  const look = async (file: string) => {
    const text = await Deno.readTextFile(new URL(file, ROOT));
    for (const line of linesOf(text)) {
      seen++;
      const why = missing(line);
      if (why !== null) wrong.push(`${file}: ${line}: ${why}`);
    }
  };
  await look("README.md");
  for (const { name } of Deno.readDirSync(new URL("docs/", ROOT))) {
    if (name.endsWith(".md")) await look(`docs/${name}`);
  }
  const lookBelow = async (folder: string): Promise<void> => {
    for (const { name, isDirectory } of Deno.readDirSync(new URL(folder, ROOT))) {
      if (isDirectory) await lookBelow(`${folder}${name}/`);
      else if (name.endsWith(".ts")) await look(`${folder}${name}`);
    }
  };
  for (const folder of ["commands/", "config/", "store/"]) await lookBelow(folder);
  assert.deepEqual(wrong, []);
  assert.ok(seen > 150, `only ${seen} command lines were found`);
});
