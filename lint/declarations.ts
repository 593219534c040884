/**
 * Splits a module into its declarations, and finds what each of them mentions. It works on text that `deno fmt` wrote, in which every
 * statement of a module begins at the start of a line; it is no parser of TypeScript. Without effects: text in, values out.
 *
 * @module
 */
import { resolveImport } from "./rooms.ts";

/** A statement of a module, from one line start to the next. */
export interface Statement {
  /** The name that it declares; null for a statement without one, and for imports. */
  readonly name: string | null;
  readonly exported: boolean;
  /** The words of its text: identifiers, and everything that looks like one. */
  readonly words: ReadonlySet<string>;
  /** Files that it names in `import()`, `new URL()` or as a string. */
  readonly files: readonly string[];
  /** From 1. */
  readonly line: number;
}

/** A name that a module imports or re-exports. `*` means all names; an empty name only loads the file. */
export interface Binding {
  readonly local: string;
  readonly file: string;
  readonly name: string;
  /** From 1. */
  readonly line: number;
}

/** What a module declares, imports and re-exports. */
export interface Module {
  readonly path: string;
  readonly statements: readonly Statement[];
  readonly imports: readonly Binding[];
  /** `export ... from`: `local` is the name of the re-export. */
  readonly passedOn: readonly Binding[];
}

const DECLARES =
  /^(?:export )?(?:default )?(?:declare )?(?:abstract )?(?:async )?(?:function\*?|const|let|class|interface|type|enum|namespace) (\w+)/;
const FROM =
  /^(import|export) (?:type )?(\{[\s\S]*?\}|\* as \w+|\*|\w+)(?:, (\{[\s\S]*?\}))? from "([^"]+)"/;
const STARTS = /^[A-Za-z@[({`"'+!;]/;

/** Splits a module. */
export function moduleOf(path: string, text: string): Module {
  const imports: Binding[] = [];
  const passedOn: Binding[] = [];
  const statements: Statement[] = [];
  for (const { source, line } of statementsOf(text)) {
    const bare = /^import "([^"]+)"/.exec(source);
    if (bare !== null) {
      const file = resolveImport(path, bare[1]);
      if (file !== null) imports.push({ local: "", file, name: "", line });
      continue;
    }
    const from = FROM.exec(source);
    if (from !== null) {
      const file = resolveImport(path, from[4]);
      if (file === null) continue;
      for (const part of [from[2], from[3]]) {
        if (part === undefined) continue;
        (from[1] === "import" ? imports : passedOn).push(...bindings(part, file, line));
      }
      continue;
    }
    const list = /^export (?:type )?\{([\s\S]*?)\};/.exec(source);
    if (list !== null) {
      passedOn.push(...bindings(`{${list[1]}}`, path, line));
      continue;
    }
    const code = withoutComments(source);
    statements.push({
      name: DECLARES.exec(code)?.[1] ?? (/^export default\b/.test(code) ? "default" : null),
      exported: /^export /.test(code),
      words: new Set(code.match(/[A-Za-z_$][\w$]*/g) ?? []),
      files: [...code.matchAll(/"(\.{1,2}\/[^"]+\.ts)"/g)].map((match) =>
        resolveImport(path, match[1])!
      ),
      line,
    });
  }
  return { path, statements, imports, passedOn };
}

/** The words in the examples of a file's doc comments, which run as tests of it. */
export function wordsOfExamples(text: string): ReadonlySet<string> {
  const words = new Set<string>();
  for (const [block] of text.matchAll(/^ *\* ```ts\b[\s\S]*?^ *\* ```$/gm)) {
    for (const word of block.match(/[A-Za-z_$][\w$]*/g) ?? []) words.add(word);
  }
  return words;
}

/** The statements of a module as text, each with the comment before it. */
export function statementsOf(
  text: string,
): { readonly source: string; readonly line: number; readonly doc: string }[] {
  const found: { lines: string[]; line: number; doc: string }[] = [];
  let doc = "";
  let inComment = false;
  let inTemplate = false;
  text.split("\n").forEach((line, at) => {
    const starts = !inComment && !inTemplate && STARTS.test(line);
    if (inComment || /^(\/\*|\/\/)/.test(line)) doc += `${line}\n`;
    if (starts) {
      found.push({ lines: [line], line: at + 1, doc });
      doc = "";
    } else if (!inComment && !/^(\/\*|\/\/)/.test(line)) found.at(-1)?.lines.push(line);
    if (/^\/\*/.test(line)) inComment = true;
    if (inComment && /\*\/\s*$/.test(line)) inComment = false;
    const ticks = withoutComments(line).match(/(?<!\\)`/g)?.length ?? 0;
    if (!inComment && ticks % 2 === 1) inTemplate = !inTemplate;
  });
  return found.map(({ lines, ...rest }) => ({ source: lines.join("\n"), ...rest }));
}

function bindings(part: string, file: string, line: number): Binding[] {
  const all = /^\*(?: as (\w+))?$/.exec(part);
  if (all !== null) return [{ local: all[1] ?? "*", file, name: "*", line }];
  if (!part.startsWith("{")) return [{ local: part, file, name: "default", line }];
  return part.slice(1, -1).split(",").map((each) => each.trim().replace(/^type /, ""))
    .filter((each) => each !== "")
    .map((each) => {
      const [name, local = name] = each.split(" as ");
      return { local, file, name, line };
    });
}

function withoutComments(text: string): string {
  return text.replace(/^\s*(?:\*|\/\/|\/\*).*$/gm, "").replace(/ \/\/ .*$/gm, "");
}
