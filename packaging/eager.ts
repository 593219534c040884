/**
 * Functions that V8 compiles when it compiles their file. Deno keeps the compiled code of a file for the next start. V8 leaves out every
 * function that has not been called by then, so each start compiles again what it calls: thousands of functions, and 5 % of the processor
 * time of a command. V8 does not leave out a function expression in parentheses, because it expects that it is called at once. The files of
 * the main thread stay as they are: those of a dashboard would take 5 MB more, for a few milliseconds.
 *
 * @see https://v8.dev/blog/preparser
 * @module
 */
import { join } from "node:path";
import { type AnyNode, type Node, parse } from "acorn";
import { importsOf, textsIn } from "./joined.ts";

/** A change of a text: what stands from `start` to `end` becomes `text`. */
interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/**
 * Changes every module of a folder by {@link withEagerFunctions}.
 *
 * @throws {Error} modules import each other in a circle, in which a function could be called before its variable is set
 */
export async function compileWithFiles(folder: string): Promise<void> {
  const texts = await textsIn(folder);
  const circle = circleIn(texts);
  if (circle !== null) throw new Error(`files import each other: ${circle.join(", ")}`);
  for (const [path, text] of texts) {
    await Deno.writeTextFile(join(folder, path), withEagerFunctions(text));
  }
}

/** Modules each of which imports the next one, and the last one the first; null if there are none. */
function circleIn(texts: ReadonlyMap<string, string>): readonly string[] | null {
  const seen = new Set<string>();
  const visit = (path: string, way: readonly string[]): readonly string[] | null => {
    if (way.includes(path)) return way.slice(way.indexOf(path));
    if (seen.has(path)) return null;
    seen.add(path);
    for (const target of importsOf(texts, path)) {
      const circle = visit(target, [...way, path]);
      if (circle !== null) return circle;
    }
    return null;
  };
  for (const path of [...texts.keys()].sort()) {
    const circle = visit(path, []);
    if (circle !== null) return circle;
  }
  return null;
}

/**
 * The same module, in which every function that is in no other function is compiled with its file. A declared function becomes a variable
 * that is set before anything else runs: it can be called as early as before, except by another file of a circle of imports.
 */
export function withEagerFunctions(text: string): string {
  const program = parse(text, { ecmaVersion: "latest", sourceType: "module" });
  const edits: Edit[] = [];
  const declared: string[] = [];
  for (const statement of program.body) {
    if (statement.type === "FunctionDeclaration" && statement.id !== null) {
      const { id, start, end } = statement;
      // Without its name, which inside it would be another variable. V8 names it after the variable.
      const expression = text.slice(start, id.start).trimEnd() + text.slice(id.end, end);
      declared.push(`var ${id.name}=(${expression});`);
      edits.push({ start, end, text: "" });
    } else {
      for (const { start, end } of expressionsIn(statement)) {
        edits.push({ start, end: start, text: "(" }, { start: end, end, text: ")" });
      }
    }
  }
  edits.sort((a, b) => a.start - b.start);
  let changed = declared.join("");
  let at = 0;
  for (const edit of edits) {
    changed += text.slice(at, edit.start) + edit.text;
    at = edit.end;
  }
  return changed + text.slice(at);
}

/** The outermost function expressions in a node, except methods, which cannot stand in parentheses. */
function* expressionsIn(node: AnyNode): Generator<Node> {
  if (node.type === "ArrowFunctionExpression" || node.type === "FunctionExpression") {
    return yield node;
  }
  if (node.type === "FunctionDeclaration" || isMethod(node)) return;
  for (const value of Object.values(node)) {
    for (const each of Array.isArray(value) ? value : [value]) {
      if (typeof each?.type === "string") yield* expressionsIn(each);
    }
  }
}

function isMethod(node: AnyNode): boolean {
  return node.type === "MethodDefinition" ||
    node.type === "Property" && (node.method || node.kind !== "init");
}
