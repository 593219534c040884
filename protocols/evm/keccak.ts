/**
 * Keccak-256 of Ethereum, and hex with `0x`.
 *
 * @module
 */
import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js";
import { keccak } from "../secp256k1/curve.ts";

/** Keccak-256 of all parts in order: 32 bytes. */
export function keccak256(...parts: readonly Uint8Array[]): Uint8Array {
  return keccak(parts);
}

/** `0x` and lowercase hex digits. */
export function toHex(bytes: Uint8Array): string {
  return `0x${bytesToHex(bytes)}`;
}

/**
 * Decodes `0x` and hex digits of either case.
 *
 * @throws {HexError} if `text` is not `0x` and exactly two hex digits for each of `sizeBytes` bytes
 */
export function fromHex(text: string, sizeBytes: number, field: string): Uint8Array {
  if (typeof text !== "string" || !/^0x(?:[0-9a-f]{2})*$/i.test(text)) {
    throw new HexError(`${field} must be 0x and ${sizeBytes * 2} hex digits`);
  }
  if (text.length !== 2 + sizeBytes * 2) {
    throw new HexError(
      `${field} must be 0x and ${sizeBytes * 2} hex digits (got ${text.length - 2})`,
    );
  }
  return hexToBytes(text.slice(2));
}

/** A whole number as 32 bytes, big endian. */
export function uint256(value: bigint | number): Uint8Array {
  const number = BigInt(value);
  if (number < 0n || number >= 2n ** 256n) throw new HexError("a uint256 is 0 to 2^256 - 1");
  return hexToBytes(number.toString(16).padStart(64, "0"));
}

/** The text is not the expected hex, or the number does not fit into a uint256. The message contains no value, which could be a key. */
export class HexError extends Error {
  /** `HexError`. */
  override readonly name = "HexError";
  /** Always `hex`. */
  readonly code = "hex";
}
