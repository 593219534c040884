/**
 * Makes text of strangers safe for a terminal: control characters (also the eight-bit ones, which some terminals obey) and characters that
 * change the direction of text are shown as escapes.
 *
 * @module
 */

/** All such characters except tab and line feed. */
const UNPRINTABLE =
  // deno-lint-ignore no-control-regex
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/**
 * Replaces such characters by `\uXXXX`. Tab and line feed stay. So no peer can move the cursor or set the title, and a log keeps its lines.
 * JSON text keeps its value, because in it these characters occur only inside strings.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { printable } from "./printable.ts";
 *
 * assert.equal(printable("a\u001b[2J\tb\n"), "a\\u001b[2J\tb\n");
 * assert.equal(JSON.parse(printable(JSON.stringify("\u009b2J"))), "\u009b2J");
 * ```
 */
export function printable(text: string): string {
  return text.replace(
    UNPRINTABLE,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
