/**
 * Finds the lines of keys in a TOML file by its headers and the start of its lines. It is only used to point users at a line.
 *
 * @module
 */
import { ConfigError } from "../base/config_error.ts";

/**
 * The line of a key (`node.jobs`), or of the table that contains it if the key has no line of its own (an inline table, a dotted header);
 * null if neither is found.
 */
export function lineOfKey(text: string, key: string): number | null {
  const found = new Map<string, number>();
  let table = "";
  for (const [at, line] of text.split("\n").entries()) {
    const header = /^\s*\[\s*([^\[\]]+?)\s*\]/.exec(line);
    const name = /^\s*((?:[\w-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[\w-]+|"[^"]*"|'[^']*'))*)\s*=/.exec(
      line,
    );
    if (header !== null) table = bare(header[1]);
    const here = header !== null ? table : name === null ? null : joined(table, bare(name[1]));
    if (here !== null && !found.has(here)) found.set(here, at + 1);
  }
  for (
    let wanted = key;
    wanted !== "";
    wanted = wanted.slice(0, Math.max(0, wanted.lastIndexOf(".")))
  ) {
    const line = found.get(wanted) ??
      [...found].find(([name]) => name.startsWith(`${wanted}.`))?.[1];
    if (line !== undefined) return line;
  }
  return null;
}

/** Runs `work` on the content of a file, and adds file and line to an error that names a key. */
export function withLines<Value>(
  path: string,
  lineOf: (key: string) => number | null,
  work: () => Value,
): Value {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof ConfigError) || error.key === null || error.message.includes(path)) {
      throw error;
    }
    const line = lineOf(error.key);
    const at = line === null ? path : `${path}, line ${line}`;
    throw new ConfigError(error.code, `${error.message} (${at})`, error.suggestion, {
      cause: error.cause,
      key: error.key,
    });
  }
}

function bare(name: string): string {
  return name.split(".").map((part) => part.trim().replace(/^["']|["']$/g, "")).join(".");
}

function joined(table: string, name: string): string {
  return table === "" ? name : `${table}.${name}`;
}
