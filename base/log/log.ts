/**
 * Formats lines of the program log: `level=info msg="..." key=value`. The caller writes them.
 *
 * @module
 */
import { printable } from "./printable.ts";

/** A level, from the lowest. */
export type Level = "debug" | "info" | "warn" | "error";

/** Flat fields of a line. */
export type Fields = Readonly<Record<string, string | number | boolean | bigint | undefined>>;

/** Writes one line of the program log. Names of amounts end in their unit. Fields must not contain secrets. */
export type Log = (level: Level, msg: string, fields?: Fields) => void;

const NEEDS_QUOTES =
  // deno-lint-ignore no-control-regex
  /[\s"=\\\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/;

/** One line without a line feed. Values with a space, quote, equals sign or control character are JSON-quoted. */
export function formatLine(atMs: number, level: Level, msg: string, fields: Fields = {}): string {
  const parts = [
    `time=${new Date(atMs).toISOString()}`,
    `level=${level}`,
    `msg=${quoted(msg)}`,
  ];
  for (const [key, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    const text = String(value);
    parts.push(`${key}=${text === "" || NEEDS_QUOTES.test(text) ? quoted(text) : text}`);
  }
  return parts.join(" ");
}

/** JSON text without characters that a terminal would act on. */
function quoted(text: string): string {
  return printable(JSON.stringify(text));
}
