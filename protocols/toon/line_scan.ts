/**
 * The kind scanner for the lines of a TOON document. Pure.
 *
 * @see https://github.com/toon-format/spec
 * @module
 */
import {
  endOfKindKey,
  kindOfToken,
  NOT_FOUND,
  NOT_INTEGER,
  NOT_UTF8,
  TWICE,
} from "./kind_value.ts";
import { firstMalformed } from "./utf8.ts";

/**
 * The top-level kind of a TOON document, or a negative code of kind_value.ts.
 *
 * Deeper lines (rows, list items, nested objects) start with spaces, and comments with `#`. So a line whose first byte is neither `k` nor a
 * quote is skipped. Newlines and bytes above 0x7f are searched four bytes at a time.
 */
export function lineScan(bytes: Uint8Array): number {
  const length = bytes.length;
  const mark = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  let found = withLine(bytes, mark, NOT_FOUND);
  let high = 0;
  let at = 0;
  const head = Math.min(length, -bytes.byteOffset & 3);
  for (; at < head; at++) {
    high |= bytes[at]!;
    if (bytes[at] === 0x0a) found = withLine(bytes, at + 1, found);
  }
  const count = (length - head) >> 2;
  const words = count === 0
    ? NO_WORDS
    : new Uint32Array(bytes.buffer, bytes.byteOffset + head, count);
  for (let word = 0; word < count; word++, at += 4) {
    const four = words[word]!;
    high |= four;
    const zeros = four ^ 0x0a0a0a0a; // a byte is zero where a newline was
    if ((((zeros - 0x01010101) | 0) & ~zeros & 0x80808080) === 0) continue;
    for (let next = at; next < at + 4; next++) {
      if (bytes[next] === 0x0a) found = withLine(bytes, next + 1, found);
    }
  }
  // A line that begins in the last three bytes has no room for a kind.
  for (; at < length; at++) high |= bytes[at]!;
  return (high & 0x80808080) !== 0 && firstMalformed(bytes) !== -1 ? NOT_UTF8 : found;
}

const NO_WORDS = new Uint32Array(0);

/** The new result after the line at `start`. */
function withLine(bytes: Uint8Array, start: number, found: number): number {
  const first = bytes[start];
  if (first !== 0x6b && first !== 0x22) return found;
  const kind = kindOfLine(bytes, start);
  if (kind === NOT_FOUND) return found;
  return found === NOT_FOUND ? kind : TWICE;
}

/** The kind in the line at `start`; {@link NOT_FOUND} if the line has another key. */
function kindOfLine(bytes: Uint8Array, start: number): number {
  let at: number;
  if (bytes[start] === 0x22) {
    at = endOfKindKey(bytes, start + 1);
    if (at === -1) return NOT_FOUND;
  } else {
    if (bytes[start + 1] !== 0x69 || bytes[start + 2] !== 0x6e || bytes[start + 3] !== 0x64) {
      return NOT_FOUND;
    }
    at = start + 4;
  }
  if (bytes[at] === 0x5b) return hasColon(bytes, at) ? NOT_INTEGER : NOT_FOUND; // kind[2]: is an array
  while (bytes[at] === 0x20) at++;
  if (bytes[at] !== 0x3a) return NOT_FOUND;
  at++;
  while (bytes[at] === 0x20) at++;
  let end = at;
  while (end < bytes.length && bytes[end] !== 0x0a) end++;
  if (end > at && bytes[end - 1] === 0x0d) end--;
  while (end > at && bytes[end - 1] === 0x20) end--;
  return kindOfToken(bytes, at, end);
}

/** Whether there is a colon outside quotes between `at` and the end of the line. Without one, the line has no key. */
function hasColon(bytes: Uint8Array, at: number): boolean {
  for (let quoted = false; at < bytes.length && bytes[at] !== 0x0a; at++) {
    const byte = bytes[at];
    if (byte === 0x22) quoted = !quoted;
    else if (quoted && byte === 0x5c) at++;
    else if (!quoted && byte === 0x3a) return true;
  }
  return false;
}
