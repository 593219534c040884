/**
 * Recursive length prefix (RLP), the encoding of Ethereum transactions. Only the encoder, which writes the canonical form.
 *
 * @see https://ethereum.org/en/developers/docs/data-structures-and-encoding/rlp/
 * @module
 */

/** Bytes, or a list of items. */
export type RlpItem = Uint8Array | readonly RlpItem[];

const SHORT_STRING = 0x80;
const SHORT_LIST = 0xc0;

/**
 * The bytes of an item.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { encodeRlp, rlpInteger } from "./rlp.ts";
 *
 * assert.equal(encodeRlp([rlpInteger(0n), rlpInteger(1024n)]).toHex(), "c480820400");
 * ```
 */
export function encodeRlp(item: RlpItem): Uint8Array {
  if (item instanceof Uint8Array) {
    // A single byte below 0x80 is encoded as itself.
    return item.length === 1 && item[0] < SHORT_STRING
      ? item.slice()
      : prefixed(SHORT_STRING, [item]);
  }
  return prefixed(SHORT_LIST, item.map(encodeRlp));
}

/** A whole number of 0 or more in the form that RLP requires: big endian without leading zeros, and zero as no bytes. */
export function rlpInteger(value: bigint): Uint8Array {
  if (value < 0n) throw new RangeError("RLP cannot encode negative numbers");
  if (value === 0n) return new Uint8Array(0);
  const digits = value.toString(16);
  return Uint8Array.fromHex(digits.length % 2 === 0 ? digits : `0${digits}`);
}

function prefixed(base: number, parts: readonly Uint8Array[]): Uint8Array {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const size = length < 56 ? [base + length] : longSize(base, length);
  const bytes = new Uint8Array(size.length + length);
  bytes.set(size);
  let at = size.length;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** From 56 bytes on, the prefix states the number of bytes of the length. */
function longSize(base: number, length: number): readonly number[] {
  const bytes = rlpInteger(BigInt(length));
  return [base + 55 + bytes.length, ...bytes];
}
