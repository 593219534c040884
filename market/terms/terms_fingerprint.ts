/**
 * A short form of terms that two people can compare, by telephone or on a page of the relay's operator.
 *
 * @module
 */
import type { RelayTerms } from "./terms.ts";

/** 32 of 64 digits, which is 128 bits. Nobody can make other terms with the same digits. */
const DIGITS = 32;

/**
 * The first digits of a SHA-256 as eight groups of four hex digits. The hashed text has one line each for key, ILP address, price and
 * settlement address (empty if there is none).
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { termsFingerprint } from "./terms_fingerprint.ts";
 *
 * const terms = { pubkey: "ab".repeat(32), ilpAddress: "test.relay", priceUnitsPerByte: 10n, peer: null };
 * assert.match(await termsFingerprint(terms), /^([0-9a-f]{4} ){7}[0-9a-f]{4}$/);
 * ```
 */
export async function termsFingerprint(
  { pubkey, ilpAddress, priceUnitsPerByte, peer }: Pick<
    RelayTerms,
    "pubkey" | "ilpAddress" | "priceUnitsPerByte" | "peer"
  >,
): Promise<string> {
  return await fingerprintOf([
    pubkey,
    ilpAddress,
    String(priceUnitsPerByte),
    peer?.address.toLowerCase() ?? "",
  ]);
}

/** The first digits of the SHA-256 of these lines as groups of four. */
export async function fingerprintOf(lines: readonly string[]): Promise<string> {
  const bytes = new TextEncoder().encode(lines.map((line) => `${line}\n`).join(""));
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
  return hash.slice(0, DIGITS).match(/.{4}/g)!.join(" ");
}
