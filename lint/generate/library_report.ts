/**
 * The library's report: every name that `mod.ts` exports, with its signature and without its documentation, so that each change is visible
 * as a difference. Without effects: files as text in, text out.
 *
 * @module
 */
import { type Module, moduleOf, statementsOf } from "../declarations.ts";

/** One exported name. */
export interface LibraryName {
  readonly name: string;
  /** The file that declares it. */
  readonly path: string;
  /** Its declaration without bodies, values and comments. */
  readonly signature: string;
  /** Whether its doc comment has an example. */
  readonly hasExample: boolean;
}

/**
 * The exports of a module, by name.
 *
 * @param read Returns a file's text.
 */
export function libraryNames(root: string, read: (path: string) => string): readonly LibraryName[] {
  const found: LibraryName[] = [];
  for (const { local, file, name } of moduleOf(root, read(root)).passedOn) {
    const { path, own } = declarationOf(file, name, read);
    const text = read(path);
    const { source, doc } = statementsOf(text).find(({ source }) =>
      declaredName(path, source) === own
    )!;
    found.push({
      name: local,
      path,
      signature: signatureOf(source),
      hasExample: EXAMPLE.test(doc),
    });
  }
  return found.sort((a, b) => a.name < b.name ? -1 : 1);
}

/** The report as a file's text. */
export function libraryReport(names: readonly LibraryName[]): string {
  const head = `${names.length} names, written by deno task generate\n`;
  return head + names.map(({ path, signature }) => `\n${path}\n${signature}\n`).join("");
}

const EXAMPLE = /^ \* @example\n \* ```ts\n(?: \*.*\n)*? \* ```$/m;

function declarationOf(
  file: string,
  name: string,
  read: (path: string) => string,
): { readonly path: string; readonly own: string } {
  const module: Module = moduleOf(file, read(file));
  if (module.statements.some((each) => each.name === name)) return { path: file, own: name };
  const passed = module.passedOn.find(({ local }) => local === name);
  if (passed === undefined) throw new Error(`${file} exports no ${name}`);
  return declarationOf(passed.file, passed.name, read);
}

function declaredName(path: string, source: string): string | null {
  return moduleOf(path, source).statements[0]?.name ?? null;
}

/** Interfaces and types complete; functions without their body; constants without their value; classes with their public members. */
function signatureOf(source: string): string {
  const code = source.replace(/^\s*\/\*\*[\s\S]*?\*\/\n/gm, "").replace(/^\s*\/\/.*\n/gm, "")
    .trim();
  if (/^export (?:async )?function/.test(code)) return withoutBody(code);
  if (/^export const/.test(code)) return code.replace(/ = [\s\S]*$/, "");
  if (!/^export (?:abstract )?class/.test(code)) return code;
  const [head, ...members] = code.split("\n");
  const shown = members
    .filter((line) => /^ {2}[a-z]/.test(line) && !/^ {2}(?:private|protected) /.test(line))
    .map((line) => line.replace(/ = .*;$/, ";").replace(/ \{$/, ""));
  return [head, ...shown, "}"].join("\n");
}

/** The code up to the brace that ends a line outside of all parentheses. */
function withoutBody(code: string): string {
  let depth = 0;
  for (let at = 0; at < code.length; at++) {
    if ("({[<".includes(code[at]) && !(code[at] === "{" && depth === 0 && code[at + 1] === "\n")) {
      depth++;
    } else if (")}]>".includes(code[at]) && code[at - 1] !== "=") depth--;
    else if (depth === 0 && code[at] === "{") return code.slice(0, at).trimEnd();
  }
  return code;
}
