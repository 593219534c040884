/**
 * Text of somebody else made safe for a terminal, whoever prints it: control characters (also the eight-bit ones, which some
 * terminals obey) and those that turn the direction of text are shown as escapes.
 *
 * @module
 */

/** All but tab and line feed. */
const UNPRINTABLE =
  // deno-lint-ignore no-control-regex
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/**
 * The text with such characters as `\uXXXX`; tab and line feed stay, so that no peer moves the cursor or sets the title and a log
 * keeps its lines. Of JSON text, in which these characters occur inside strings alone, it is the same value.
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
