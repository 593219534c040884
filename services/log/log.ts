/**
 * Program log lines: `level=info msg="..." key=value`, the format that REQUIREMENTS names. Pure formatting; the caller writes.
 *
 * @module
 */

/** A level, least first. */
export type Level = "debug" | "info" | "warn" | "error";

/** Flat fields of a line. */
export type Fields = Readonly<Record<string, string | number | boolean | bigint | undefined>>;

// deno-lint-ignore no-control-regex
const NEEDS_QUOTES = /[\s"=\\\u0000-\u001f\u007f]/;

/** One line without a line feed. Values with a space, quote, equals sign or control character are JSON-quoted. */
export function formatLine(atMs: number, level: Level, msg: string, fields: Fields = {}): string {
  const parts = [
    `time=${new Date(atMs).toISOString()}`,
    `level=${level}`,
    `msg=${JSON.stringify(msg)}`,
  ];
  for (const [key, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    const text = String(value);
    parts.push(`${key}=${text === "" || NEEDS_QUOTES.test(text) ? JSON.stringify(text) : text}`);
  }
  return parts.join(" ");
}
