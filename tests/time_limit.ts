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
type Options = Omit<Deno.TestDefinition, "fn">;
type Words = [unknown, unknown?, unknown?];

/** The definition that `Deno.test(...words)` stands for: a name or options, or both, and a function, which may also be in the options. */
function definitionOf(words: Words): Deno.TestDefinition {
  const fn = words.find((word) => typeof word === "function") as Body | undefined;
  const name = words.find((word) => typeof word === "string") as string | undefined;
  const options = words.find((word) => typeof word === "object") as Partial<Options> | undefined;
  const body = fn ?? (options as Deno.TestDefinition).fn;
  return { name: body.name, ...options, ...(name === undefined ? {} : { name }), fn: body };
}

const withoutLimit: (definition: Deno.TestDefinition) => void = Deno.test;
const limited = (...words: Words) =>
  withoutLimit({ timeout: LIMIT_S * 1_000, ...definitionOf(words) });
Object.assign(Deno, { test: Object.assign(limited, Deno.test) });
