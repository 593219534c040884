/**
 * The part of a text that is a secret key: its first line. Earlier versions of `wallet export` wrote a wallet with two keys in two lines,
 * the `nsec` and the payment key; such a second line belongs to the first.
 *
 * @module
 */

const NSEC = /^\s*nsec1[0-9a-z]+\s*$/i;
const PAYMENT_KEY = /^\s*(0x)?[0-9a-f]{64}\s*$/i;

/**
 * Takes the key out of a text. Every other line is no part of it.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { keyLine } from "./key_line.ts";
 *
 * const paymentKey = `0x${"1".repeat(64)}`;
 * assert.equal(keyLine(`nsec1abc\n${paymentKey}\n`), `nsec1abc ${paymentKey}`);
 * assert.equal(keyLine("nsec1abc\nof my phone\n"), "nsec1abc");
 * ```
 */
export function keyLine(text: string): string {
  const [first, second = ""] = text.split(/\r?\n/, 2);
  return NSEC.test(first) && PAYMENT_KEY.test(second) ? `${first.trim()} ${second.trim()}` : first;
}
