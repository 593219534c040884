/**
 * Gives each test a time limit, so that one which waits for ever fails with its name and the others run on. The tasks load it before each
 * test file (`--preload`).
 *
 * @module
 */

/** Seconds that a test may take, also on a machine that is five times slower than the slowest one so far. */
const LIMIT_S = Number(
  Deno.env.get("CROSSTOWN_TEST_LIMIT_S") ?? (Deno.env.get("CROSSTOWN_LONG") ? 7_200 : 900),
);

type Body = Deno.TestDefinition["fn"];
type Options = Omit<Deno.TestDefinition, "fn" | "name">;
type Words =
  | [Deno.TestDefinition]
  | [string, Body]
  | [string, Options, Body];

/** The definition that `Deno.test(...words)` stands for, in the forms that this project uses. */
function definitionOf(words: Words): Deno.TestDefinition {
  const [first, second, third] = words;
  if (typeof first !== "string") return first;
  return third === undefined
    ? { name: first, fn: second as Body }
    : { ...(second as Options), name: first, fn: third };
}

const withoutLimit: (definition: Deno.TestDefinition) => void = Deno.test;
const limited = (...words: Words) =>
  withoutLimit({ timeout: LIMIT_S * 1_000, ...definitionOf(words) });
Object.assign(Deno, { test: Object.assign(limited, Deno.test) });
