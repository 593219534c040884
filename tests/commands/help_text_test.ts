/** The help that is shown without the parser: its lines, and that the parser shows the same. */
import assert from "node:assert/strict";
import { COMMANDS } from "../../commands/command_table.ts";
import { commandHelp, plainHelp } from "../../commands/help_text.ts";
import { buildParser } from "../../commands/program.ts";
import type { CommandSpec } from "../../shell/command.ts";

const GROUPS: readonly CommandSpec[] = await Promise.all(
  COMMANDS.map(async ({ load }) => (await load()).command),
);

function look(columns: number) {
  return { bold: (text: string) => `*${text}*`, columns };
}

/** The words of every command, under each of its names. */
function pathsOf(spec: CommandSpec, words: readonly string[]): (readonly string[])[] {
  const below = (spec.commands ?? []).flatMap((child) =>
    [child.name, ...child.aliases ?? []].flatMap((name) => pathsOf(child, [...words, name]))
  );
  return [words, ...below];
}

Deno.test("plainHelp() shows of every command what the parser shows", () => {
  for (const group of GROUPS) {
    for (const words of pathsOf(group, [group.name])) {
      for (const flag of ["--help", "-h"]) {
        let expected = "";
        const write = (text: string) => void (expected += text);
        const line = [...words, flag];
        const parser = buildParser(COMMANDS, new Map([[group.name, group]]), {
          ...look(90),
          write,
        });
        assert.equal(parser([...line, "--quiet"]), null);
        assert.equal(plainHelp(COMMANDS, group, line, look(90)), expected, line.join(" "));
      }
    }
  }
});

Deno.test("plainHelp() leaves every other line to the parser", () => {
  const group = GROUPS.find(({ name }) => name === "job")!;
  for (
    const line of [
      [],
      ["job"],
      ["job", "submit", "echo", "--help"],
      ["job", "nothing", "--help"],
      ["job", "--help", "submit"],
      ["--quiet", "job", "--help"],
      ["job", "submit", "--", "--help"],
      ["submit", "--help"],
    ]
  ) assert.equal(plainHelp(COMMANDS, group, line, look(80)), null, line.join(" "));
  assert.equal(plainHelp(COMMANDS, undefined, ["nothing", "--help"], look(80)), null);
});

const PICK: CommandSpec = {
  name: "pick",
  aliases: ["take", "choose"],
  summary: "pick fruit",
  description: "One,\ntwo.\n\nThree words and many more that fill more than a line of sixty.",
  args: [{ name: "[tree...]", summary: "where" }],
  options: [
    { flags: "--ripe <how>", summary: "how ripe it is", choices: ["green", "red"], default: "red" },
    { flags: "--into <basket>", summary: "", default: "x", repeat: true },
  ],
  examples: [
    { command: "crosstown fruit pick", note: "all" },
    { command: "crosstown fruit pick --ripe red apple" },
  ],
  lines: true,
  dryRun: true,
  run: () => Promise.resolve(),
};
const FRUIT: CommandSpec = {
  name: "fruit",
  summary: "fruit",
  options: [{ flags: "--all", summary: "all of it" }],
  commands: [PICK],
};

Deno.test("commandHelp() names alias, arguments, choices, defaults and the flags of the group, in lines that fit", () => {
  const text = commandHelp([FRUIT, PICK], look(72));
  assert.equal(
    text.slice(0, text.indexOf("  --network")),
    `*Usage:* crosstown fruit pick|take [options] [tree...]

One, two.

Three words and many more that fill more than a line of sixty. With
--output json it prints one document a line (NDJSON), each when it
happens.

*Arguments:*
  tree                      where

*Options:*
  --ripe <how>              how ripe it is (choices: "green", "red",
                            default: "red")
  --into <basket>            (default: ["x"])
  -h, --help                display help for command

*Global Options:*
  --all                     all of it
`,
  );
  assert.equal(
    text.slice(text.indexOf("  --version")),
    `  --version                 show the version

Examples:
  crosstown fruit pick  # all
  crosstown fruit pick --ripe red apple

With --dry-run it only says what it would do. It writes nothing to the home and spends nothing.
`,
  );
});

Deno.test("commandHelp() of a group lists its commands, and wraps nothing where too little room is left", () => {
  const text = commandHelp([{ ...FRUIT, examples: undefined }], look(30));
  assert.match(text, /^\*Usage:\* crosstown fruit \[options\] \[command\]\n/);
  assert.equal(
    text.slice(text.indexOf("*Commands:*")),
    `*Commands:*
  pick|take [options] [tree...]  pick fruit
  help [command]                 display help for command

Each command has its options and examples: crosstown fruit pick --help
`,
  );
  assert.match(text, /\n {2}--dry-run .*only say what would be done; write and spend nothing/);
});
