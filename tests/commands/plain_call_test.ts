/** Command lines that are read without the parser mean what the parser reads. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { COMMANDS } from "../../commands/command_table.ts";
import { type Call, plainCall } from "../../commands/plain_call.ts";
import { buildParser } from "../../commands/program.ts";
import type { CommandSpec } from "../../shell/command.ts";
import { GLOBAL_OPTIONS } from "../../shell/globals.ts";

const GROUPS: readonly CommandSpec[] = await Promise.all(
  COMMANDS.map(async ({ load }) => (await load()).command),
);

/** What the parser reads; null where it prints help or refuses the line. */
function parsed(group: CommandSpec, line: readonly string[]): Call | null {
  const parse = buildParser(COMMANDS, new Map([[group.name, group]]), {
    write: () => {},
    bold: (text) => text,
    columns: 80,
  });
  try {
    return parse(line);
  } catch {
    return null;
  }
}

/** The same call, or none. */
function same(group: CommandSpec, line: readonly string[]): boolean {
  const plain = plainCall(group, line);
  if (plain === null) return false;
  const { spec, ...read } = plain;
  const expected = parsed(group, line);
  assert.ok(expected !== null, `the parser refuses ${line.join(" ")}`);
  assert.equal(spec, expected.spec, line.join(" "));
  const { spec: _, ...rest } = expected;
  // The parser names an argument that is not given, and so does this one.
  assert.deepEqual({ ...read, options: { ...read.options }, globals: { ...read.globals } }, {
    ...rest,
    options: { ...rest.options },
    globals: { ...rest.globals },
  }, line.join(" "));
  return true;
}

/** A command with the words that call it. */
interface Named {
  readonly group: CommandSpec;
  readonly words: readonly string[];
  readonly spec: CommandSpec;
}

function commandsOf(group: CommandSpec, spec = group, words = [group.name]): Named[] {
  const children = (spec.commands ?? []).flatMap((child) =>
    [child.name, ...child.aliases ?? []].flatMap((name) =>
      commandsOf(group, child, [...words, name])
    )
  );
  return [{ group, words, spec }, ...children];
}

const ALL = GROUPS.flatMap((group) => commandsOf(group));
const VALUES = [
  "a",
  "x=1",
  "5",
  "0.5",
  "job-5abc123",
  "json",
  "text",
  "help",
  "submit",
  "list",
  "é",
];
const ODD = [
  "-",
  "--",
  "-h",
  "--help",
  "--version",
  "--nonsense",
  "-n",
  "",
  "-5",
  "--output=json",
  "--no-x",
];

function tokensOf({ spec }: Named): fc.Arbitrary<string[]> {
  const options = [...spec.options ?? [], ...GLOBAL_OPTIONS];
  const value = fc.constantFrom(...VALUES);
  const option = fc.constantFrom(...options).chain(({ flags, choices }): fc.Arbitrary<string[]> => {
    const [name] = /--[a-z0-9-]+/.exec(flags)!;
    if (!flags.includes("<")) return fc.constant([name]);
    const of = choices === undefined ? value : fc.oneof(fc.constantFrom(...choices), value);
    return of.map((text) => [name, text]);
  });
  return fc.oneof(
    { weight: 6, arbitrary: option },
    { weight: 4, arbitrary: value.map((text) => [text]) },
    { weight: 1, arbitrary: fc.constantFrom(...ODD).map((text) => [text]) },
    {
      weight: 1,
      arbitrary: fc.constantFrom(...options).map(({ flags }) => [flags.split(/[ ,]/)[0]]),
    },
  );
}

Deno.test("plainCall() reads each command with its arguments and each of its options as the parser does", () => {
  let read = 0;
  for (const { group, words, spec } of ALL) {
    if (spec.run === undefined || spec.options?.some(({ flags }) => flags.includes("--no-"))) {
      continue;
    }
    const args = (spec.args ?? []).map((_, at) => `word${at}`);
    const required = (spec.args ?? []).filter(({ name }) => name.startsWith("<")).length;
    const hasCommands = (spec.commands ?? []).length > 0;
    assert.ok(same(group, [...words, ...args.slice(0, required)]), words.join(" "));
    if (hasCommands) continue;
    assert.ok(same(group, [...words, ...args]), words.join(" "));
    same(group, [...words, ...args, "more"]);
    for (
      const { flags, choices: [choice] = ["value"] } of [...spec.options ?? [], ...GLOBAL_OPTIONS]
    ) {
      const [flag] = /--[a-z0-9-]+/.exec(flags)!;
      const given = flags.includes("<") ? [flag, choice] : [flag];
      assert.ok(
        same(group, [...words, ...args, ...given]),
        `${words.join(" ")} ${given.join(" ")}`,
      );
      same(group, [...words, ...given, ...args, ...given]);
      same(group, [...given, ...words, ...args]);
      read++;
    }
  }
  assert.ok(read > 1_000);
});

Deno.test("plainCall() reads random command lines as the parser does, or leaves them to it", () => {
  const line = fc.constantFrom(...ALL).chain((named) =>
    fc.tuple(
      fc.array(tokensOf(named), { maxLength: 2 }),
      fc.array(tokensOf(named), { maxLength: 5 }),
      fc.boolean(),
    ).map(([before, after, plain]) => ({
      group: named.group,
      line: [...plain ? [] : before.flat(), ...named.words, ...after.flat()],
    }))
  );
  let read = 0;
  fc.assert(fc.property(line, ({ group, line }) => void (same(group, line) && read++)), {
    numRuns: 1_500,
  });
  assert.ok(read > 100, `${read}`);
});

Deno.test("plainCall() leaves help, mistakes, short flags and values after an equals sign to the parser", () => {
  const job = GROUPS.find(({ name }) => name === "job")!;
  for (
    const line of [
      ...["", "job", "help", "help job", "job help submit", "job submit", "job submit --help"],
      ...["job submit echo --input=x", "job submit echo --input", "job submit echo --input -x"],
      ...[
        "job submit echo -- x",
        "job submit echo more",
        "job submit echo --nonsense",
        "job nosuch",
      ],
      ...["job submit echo --output xml", "--wait job submit echo", "--version", "job list -n 5"],
    ]
  ) {
    assert.equal(plainCall(job, line.split(" ").filter((word) => word !== "")), null, line);
  }
});
