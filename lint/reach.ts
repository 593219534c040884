/**
 * Finds which declarations of the product are used: everything that `cli.ts` and `mod.ts` reach by names, and which exports other files
 * import. Without effects: modules in, findings out.
 *
 * @module
 */
import type { Module, Statement } from "./declarations.ts";

/** The statements that these files reach, directly or through others. */
export function reachFrom(
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
  /** Loading a file runs its statements that declare nothing. */
  const runFile = (module: Module): void => {
    if (run.has(module.path)) return;
    run.add(module.path);
    for (const statement of module.statements) {
      if (statement.name === null) reach(module, statement);
    }
    for (const { file, name } of module.imports) {
      const loaded = name === "" ? modules.get(file) : undefined;
      if (loaded !== undefined) runFile(loaded);
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

/** The exports of a dynamically imported file that the words around the `import()` name; all exports if none is named. */
function namesIn(module: Module | undefined, words: ReadonlySet<string>): readonly string[] {
  if (module === undefined) return [];
  const names = [
    ...module.statements.filter(({ exported }) => exported).map(({ name }) => name!),
    ...module.passedOn.map(({ local }) => local),
  ].filter((name) => words.has(name));
  return names.length > 0 ? names : ["*"];
}

/** `file#name` of everything that these modules import from other files. */
export function takenNames(
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
