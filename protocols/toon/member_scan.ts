/**
 * The kind scanner for the members of a JSON object. Pure.
 *
 * @see https://www.rfc-editor.org/rfc/rfc8259
 * @module
 */
import { endOfKindKey, kindOfToken, NOT_FOUND, NOT_UTF8, STRUCTURE, TWICE } from "./kind_value.ts";
import { firstMalformed } from "./utf8.ts";

/**
 * The top-level kind of a JSON object, or a negative code of kind_value.ts. It follows strings and brackets to the end, so that it finds a
 * second kind. Brackets are only counted, so nesting needs no memory.
 */
export function memberScan(bytes: Uint8Array): number {
  return firstMalformed(bytes) === -1 ? scanMembers(bytes) : NOT_UTF8;
}

function scanMembers(bytes: Uint8Array): number {
  let found = NOT_FOUND;
  let at = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  at = afterSpace(bytes, at);
  if (bytes[at] !== 0x7b) return STRUCTURE;
  at = afterSpace(bytes, at + 1);
  if (bytes[at] === 0x7d) return endsAfter(bytes, at) ? NOT_FOUND : STRUCTURE;
  for (;;) {
    if (bytes[at] !== 0x22) return STRUCTURE;
    const isKind = endOfKindKey(bytes, at + 1) !== -1;
    at = afterSpace(bytes, afterString(bytes, at));
    if (bytes[at] !== 0x3a) return STRUCTURE;
    at = afterSpace(bytes, at + 1);
    const end = afterValue(bytes, at);
    if (end === at) return STRUCTURE;
    if (isKind) {
      if (found !== NOT_FOUND) return TWICE;
      found = kindOfToken(bytes, at, end);
    }
    at = afterSpace(bytes, end);
    if (bytes[at] === 0x7d) return endsAfter(bytes, at) ? found : STRUCTURE;
    if (bytes[at] !== 0x2c) return STRUCTURE;
    at = afterSpace(bytes, at + 1);
  }
}

function endsAfter(bytes: Uint8Array, brace: number): boolean {
  return afterSpace(bytes, brace + 1) >= bytes.length;
}

function afterSpace(bytes: Uint8Array, at: number): number {
  while (bytes[at] === 0x20 || bytes[at] === 0x0a || bytes[at] === 0x0d || bytes[at] === 0x09) at++;
  return at;
}

/** The offset after the string whose opening quote is at `at`; the end of the bytes if the string is not closed. */
function afterString(bytes: Uint8Array, at: number): number {
  const length = bytes.length;
  for (at++; at < length; at++) {
    const byte = bytes[at];
    if (byte === 0x22) return at + 1;
    if (byte === 0x5c) at++;
  }
  return length;
}

/** The offset after the value at `at`; `at` itself if there is none. */
function afterValue(bytes: Uint8Array, at: number): number {
  const first = bytes[at];
  if (first === 0x22) return afterString(bytes, at);
  if (first === 0x7b || first === 0x5b) return afterNested(bytes, at);
  while (at < bytes.length && !endsToken(bytes[at]!)) at++;
  return at;
}

function afterNested(bytes: Uint8Array, at: number): number {
  const length = bytes.length;
  for (let depth = 0; at < length;) {
    const byte = bytes[at];
    if (byte === 0x22) at = afterString(bytes, at);
    else {
      at++;
      if (byte === 0x7b || byte === 0x5b) depth++;
      else if ((byte === 0x7d || byte === 0x5d) && --depth === 0) return at;
    }
  }
  return length;
}

function endsToken(byte: number): boolean {
  return byte === 0x2c || byte === 0x7d || byte === 0x5d || byte <= 0x20;
}
