/**
 * Lowercase hex, the only form of ids, keys and signatures in Nostr. Pure.
 *
 * @module
 */

/**
 * Whether `text` is exactly `digits` lowercase hex digits. Uppercase is refused, because an event's id is computed from the text of the
 * key.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { isHex } from "./hex.ts";
 *
 * assert.equal(isHex("00ff", 4), true);
 * assert.equal(isHex("00FF", 4), false);
 * ```
 */
export function isHex(text: unknown, digits: number): text is string {
  if (typeof text !== "string" || text.length !== digits) return false;
  for (let i = 0; i < digits; i++) {
    const code = text.charCodeAt(i);
    if (!((code >= 48 && code <= 57) || (code >= 97 && code <= 102))) return false;
  }
  return true;
}

const HEX_OF_BYTE = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** Encodes bytes as lowercase hex, with two digits for each byte. */
export function bytesToHex(bytes: Uint8Array): string {
  let hex = "";
  for (const byte of bytes) hex += HEX_OF_BYTE[byte];
  return hex;
}

/** Decodes hex of either case. Throws a RangeError if the text is not complete pairs of hex digits. */
export function hexToBytes(hex: string): Uint8Array<ArrayBuffer> {
  if (hex.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(hex)) {
    throw new RangeError(`hex must be pairs of hex digits (got ${hex.length} characters)`);
  }
  const bytes = new Uint8Array(hex.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = parseInt(hex.slice(i * 2, i * 2 + 2), 16);
  return bytes;
}

/**
 * Decodes lowercase hex into `into` from `at`, without an allocation. {@link isHex} must have checked the text: other text gives wrong
 * bytes.
 */
export function readHex(hex: string, into: Uint8Array, at = 0): void {
  for (let i = 0, o = at; i < hex.length; i += 2, o++) {
    into[o] = (digit(hex.charCodeAt(i)) << 4) | digit(hex.charCodeAt(i + 1));
  }
}

function digit(code: number): number {
  return code < 58 ? code - 48 : code - 87;
}
