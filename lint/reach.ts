/**
 * What of the product the product uses: every declaration that is reached from `cli.ts` and `mod.ts`. Whatever is not reached is used
 * by tests and benches alone, or by nobody. Pure: files as text in, findings out.
 *
 * @module
 */
import { type Module, moduleOf, type Statement, wordsOfExamples } from "./declarations.ts";
import type { SourceFile } from "./structure.ts";

/** An export that is not used as one. */
export interface DeadEnd {
  readonly path: string;
  readonly line: number;
  readonly name: string;
  /** `unused`: the product does not use it. `unimported`: only its own file uses it, and no test takes it. */
  readonly fault: "unused" | "unimported";
  readonly exported: boolean;
  /** Whether tests, benches or an example in its file use it. */
  readonly tested: boolean;
}

/** Where the product begins. */
const ROOTS = ["cli.ts", "mod.ts"];

/**
 * Declarations that the product does not reach, and exports that no other file takes.
 *
 * @param product The files of the rooms.
 * @param others Tests, benches and tools, which may take what they like.
 */
export function deadEnds(
  product: readonly SourceFile[],
  others: readonly SourceFile[],
): readonly DeadEnd[] {
  const modules = new Map(product.map(({ path, text }) => [path, moduleOf(path, text)]));
  const reached = reachFrom(modules, ROOTS);
  const outside = others.map(({ path, text }) => moduleOf(path, text));
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
      exported: true,
      tested: false,
    }));
    return handedOn.concat(statements.flatMap((statement): DeadEnd[] => {
      const { name, exported, line } = statement;
      if (name === null) return [];
      const key = `${path}#${name}`;
      const isTested = tested.has(key) || examples.has(name);
      const found = { path, line, name, exported, tested: isTested };
      if (!reached.has(statement)) return [{ ...found, fault: "unused" }];
      if (exported && !taken.has(key) && !isTested) return [{ ...found, fault: "unimported" }];
      return [];
    }));
  });
}

/** Files of which the product reaches nothing. */
export function deadFiles(product: readonly SourceFile[]): readonly string[] {
  const modules = new Map(product.map(({ path, text }) => [path, moduleOf(path, text)]));
  const reached = reachFrom(modules, ROOTS);
  return [...modules.values()]
    .filter(({ path, statements }) =>
      !ROOTS.includes(path) && !statements.some((statement) => reached.has(statement))
    )
    .map(({ path }) => path);
}

function reachFrom(
  modules: ReadonlyMap<string, Module>,
  roots: readonly string[],
): ReadonlySet<Statement> {
  const reached = new Set<Statement>();
  const run = new Set<string>();
  const open: { module: Module; statement: Statement }[] = [];
  const reach = (module: Module, statement: Statement): void => {
    runFile(module);
    if (reached.has(statement)) return;
    reached.add(statement);
    open.push({ module, statement });
  };
  /** A file that is loaded runs the statements that declare nothing. */
  const runFile = (module: Module): void => {
    if (run.has(module.path)) return;
    run.add(module.path);
    for (const statement of module.statements) {
      if (statement.name === null) reach(module, statement);
    }
  };
  const take = (file: string, name: string): void => {
    const module = modules.get(file);
    if (module === undefined) return;
    runFile(module);
    for (const statement of module.statements) {
      if (statement.name === name || (name === "*" && statement.exported)) reach(module, statement);
    }
    for (const passed of module.passedOn) {
      if (passed.local === name || passed.local === "*" || name === "*") {
        if (passed.file === file && passed.name === name) continue;
        take(passed.file, passed.local === "*" ? name : passed.name);
      }
    }
  };
  for (const path of roots) take(path, "*");
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { module, statement } = next;
    for (const other of module.statements) {
      if (other.name !== null && statement.words.has(other.name)) reach(module, other);
    }
    for (const { local, file, name } of module.imports) {
      if (statement.words.has(local)) take(file, name === "*" ? "*" : name);
    }
    for (const file of statement.files) {
      for (const name of namesIn(modules.get(file), statement.words)) take(file, name);
    }
  }
  return reached;
}

/** Which exports of a file that `import()` loads the words beside it name; all of them where none is named. */
function namesIn(module: Module | undefined, words: ReadonlySet<string>): readonly string[] {
  if (module === undefined) return [];
  const names = [
    ...module.statements.filter(({ exported }) => exported).map(({ name }) => name!),
    ...module.passedOn.map(({ local }) => local),
  ].filter((name) => words.has(name));
  return names.length > 0 ? names : ["*"];
}

/** `file#name` of everything that these modules import from other files. */
function takenNames(
  takers: readonly Module[],
  modules: ReadonlyMap<string, Module>,
): ReadonlySet<string> {
  const taken = new Set<string>();
  const take = (from: string, file: string, name: string): void => {
    const module = modules.get(file);
    if (module === undefined || from === file) return;
    for (const { name: own, exported } of module.statements) {
      if (exported && own !== null && (name === "*" || own === name)) taken.add(`${file}#${own}`);
    }
    for (const passed of module.passedOn) {
      if (passed.local === name || passed.local === "*" || name === "*") {
        taken.add(`${file}#${passed.local}`);
        take(file, passed.file, passed.local === "*" ? name : passed.name);
      }
    }
  };
  for (const module of takers) {
    for (const { file, name } of module.imports) take(module.path, file, name);
    if (module.path === "mod.ts") take("", "mod.ts", "*");
    for (const { files, words } of module.statements) {
      for (const file of files) {
        for (const name of namesIn(modules.get(file), words)) take(module.path, file, name);
      }
    }
  }
  return taken;
}
