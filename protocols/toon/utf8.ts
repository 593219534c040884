/**
 * Checks whether bytes are UTF-8, without decoding them. Pure.
 *
 * @module
 */

/**
 * The offset of the first byte that is not part of well-formed UTF-8, or -1. Overlong forms, surrogates and code points above U+10FFFF are
 * malformed, as for a fatal TextDecoder.
 *
 * @see https://www.rfc-editor.org/rfc/rfc3629
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { firstMalformed } from "./utf8.ts";
 *
 * assert.equal(firstMalformed(new TextEncoder().encode("gm \u{1F600}")), -1);
 * assert.equal(firstMalformed(Uint8Array.of(0x67, 0xc0, 0x80)), 1);
 * ```
 */
export function firstMalformed(bytes: Uint8Array): number {
  const length = bytes.length;
  let at = asciiPrefix(bytes);
  while (at < length) {
    const lead = bytes[at]!;
    if (lead < 0x80) {
      at++;
      continue;
    }
    const second = bytes[at + 1]!;
    let size: number;
    if (lead < 0xc2) return at;
    else if (lead < 0xe0) size = 2;
    else if (lead < 0xf0) {
      size = 3;
      if ((lead === 0xe0 && second < 0xa0) || (lead === 0xed && second > 0x9f)) return at;
    } else if (lead < 0xf5) {
      size = 4;
      if ((lead === 0xf0 && second < 0x90) || (lead === 0xf4 && second > 0x8f)) return at;
    } else return at;
    if (at + size > length) return at;
    for (let next = at + 1; next < at + size; next++) {
      if ((bytes[next]! & 0xc0) !== 0x80) return at;
    }
    at += size;
  }
  return -1;
}

/** The number of bytes at the start that are surely ASCII, checked four at a time. The caller checks the rest one by one. */
function asciiPrefix(bytes: Uint8Array): number {
  const length = bytes.length;
  if (length < 8) return 0;
  const head = -bytes.byteOffset & 3;
  for (let at = 0; at < head; at++) if (bytes[at]! > 0x7f) return at;
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset + head, (length - head) >> 2);
  let word = 0;
  while (word < words.length && (words[word]! & 0x80808080) === 0) word++;
  return head + word * 4;
}
