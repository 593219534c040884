/**
 * Runs test files on the crosstown wire too. Every run tests on both wires what a wire carries: a paid job, a quote, a
 * refusal, a claim after a crash. Local behaviour is the same on both wires, so only `deno task long` runs the whole
 * files.
 */
import { isLong } from "../long.ts";
import { network } from "./process.ts";

/** Registers the tests of `files` whose names begin with one of these; in a long run all of them. Throws if a name matches none. */
export async function onCrosstown(files: readonly URL[], chosen: readonly string[]): Promise<void> {
  network.wire = "crosstown";
  const register = Deno.test;
  const missing = new Set(chosen);
  // deno-lint-ignore no-explicit-any -- It is called with all that Deno.test takes.
  const filtered = (...given: any[]) => {
    const name = String(given.find((each) => typeof each === "string") ?? given[0].name);
    const fits = chosen.filter((start) => name.startsWith(start));
    for (const start of fits) missing.delete(start);
    // deno-lint-ignore no-explicit-any -- As it was called.
    if (isLong || fits.length > 0) (register as any)(...given);
  };
  const filter = new Proxy(register, { apply: (_target, _this, given) => filtered(...given) });
  Reflect.set(Deno, "test", filter);
  try {
    for (const file of files) await import(file.href);
  } finally {
    Reflect.set(Deno, "test", register);
  }
  if (missing.size > 0) throw new Error(`no test begins with ${[...missing].join(", ")}`);
}
