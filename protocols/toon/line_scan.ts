/**
 * The kind scanner's walk over the lines of a TOON document. Pure.
 *
 * @see https://github.com/toon-format/spec
 * @module
 */
import { endOfKindKey, kindOfToken, NOT_FOUND, NOT_INTEGER, TWICE } from "./kind_value.ts";

/**
 * The top-level kind of a TOON document, or a negative code of kind_value.ts.
 *
 * Deeper lines (rows, list items, nested objects) begin with spaces, comments with `#`, so a line whose first byte is neither
 * `k` nor a quote is passed over by looking for its newline alone.
 */
export function lineScan(bytes: Uint8Array): number {
  const length = bytes.length;
  let found = NOT_FOUND;
  let at = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  while (at < length) {
    const first = bytes[at];
    if (first === 0x6b || first === 0x22) {
      const kind = kindOfLine(bytes, at);
      if (kind !== NOT_FOUND) {
        if (found !== NOT_FOUND) return TWICE;
        found = kind;
      }
    }
    while (at < length && bytes[at] !== 0x0a) at++;
    at++;
  }
  return found;
}

/** What the line at `start` says of `kind`; {@link NOT_FOUND} if its key is another. */
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

/** Whether a colon stands outside quotes between `at` and the end of the line; without one the line has no key. */
function hasColon(bytes: Uint8Array, at: number): boolean {
  for (let quoted = false; at < bytes.length && bytes[at] !== 0x0a; at++) {
    const byte = bytes[at];
    if (byte === 0x22) quoted = !quoted;
    else if (quoted && byte === 0x5c) at++;
    else if (!quoted && byte === 0x3a) return true;
  }
  return false;
}
