/**
 * Finds declarations that the product does not use, and exports that no other file imports, because only tests and benches use them, or
 * nothing does. Without effects: files as text in, findings out.
 *
 * @module
 */
import { moduleOf, wordsOfExamples } from "./declarations.ts";
import { reachFrom, takenNames } from "./reach.ts";
import type { SourceFile } from "./structure.ts";

/** A declaration that is not used, or not used as an export. */
export interface DeadEnd {
  readonly path: string;
  readonly line: number;
  readonly name: string;
  /** `unused`: the product does not use it. `unimported`: only its own file uses it, and no test takes it. */
  readonly fault: "unused" | "unimported";
}

/** Declarations that exist for tests, each with its reason. */
const FOR_TESTS: ReadonlyMap<string, string> = new Map([
  ["base/crash_point.ts#CRASH_POINTS", "the crash harness ends a process at each of these places"],
  ["base/crash_point.ts#onCrashPoint", "the crash harness hears of them"],
]);

/** The files at which the product begins. */
const ROOTS = ["cli.ts", "mod.ts"];
/** Tools that make files of the product count as users too. */
const TOOLS = /^(?:lint|contracts|curve)\//;

/**
 * Declarations that the product does not reach, and exports that no other file imports.
 *
 * @param product The files of the rooms.
 * @param others Tests, benches and tools. An import by tests and benches alone does not count; an import by a tool does.
 */
export function deadEnds(
  product: readonly SourceFile[],
  others: readonly SourceFile[],
): readonly DeadEnd[] {
  const modules = new Map(product.map(({ path, text }) => [path, moduleOf(path, text)]));
  const outside = others.map(({ path, text }) => moduleOf(path, text));
  const tools = outside.filter(({ path }) => TOOLS.test(path));
  const all = new Map([...modules, ...tools.map((tool) => [tool.path, tool] as const)]);
  const reached = reachFrom(all, [...ROOTS, ...tools.map(({ path }) => path)]);
  const taken = takenNames([...modules.values()], modules);
  const tested = takenNames(outside, modules);
  return product.flatMap(({ path, text }) => {
    const examples = wordsOfExamples(text);
    const { statements, passedOn } = modules.get(path)!;
    const handedOn = passedOn.filter(({ local, file, name }) =>
      local !== "*" && !taken.has(`${path}#${local}`) && !tested.has(`${path}#${local}`) &&
      !(file === path && statements.some((own) => own.name === name && !reached.has(own)))
    ).map(({ local: name, line }): DeadEnd => ({
      path,
      line,
      name,
      fault: "unimported",
    }));
    return handedOn.concat(statements.flatMap((statement): DeadEnd[] => {
      const { name, exported, line } = statement;
      if (name === null) return [];
      const key = `${path}#${name}`;
      if (FOR_TESTS.has(key)) return [];
      const isTested = tested.has(key) || examples.has(name);
      const found = { path, line, name };
      if (!reached.has(statement)) return [{ ...found, fault: "unused" }];
      if (exported && !taken.has(key) && !isTested) return [{ ...found, fault: "unimported" }];
      return [];
    }));
  });
}

/** A dead end as a line of text. */
export function inWords({ path, line, name, fault }: DeadEnd): string {
  return fault === "unused"
    ? `${path}:${line}: the product does not use ${name}`
    : `${path}:${line}: no other file imports ${name}: it needs no export`;
}
