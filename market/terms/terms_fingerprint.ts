/**
 * A short form of terms that two people compare, over the telephone or on a page of the relay's operator.
 *
 * @module
 */
import type { RelayTerms } from "./terms.ts";

/** Of 256 bits: enough that nobody makes other terms with the same ones. */
const DIGITS = 32;

/**
 * The begin of the SHA-256 of a line for each of key, ILP address, price and settlement address (empty where there is none), as
 * eight groups of four hex digits.
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
  const lines = [pubkey, ilpAddress, String(priceUnitsPerByte), peer?.address.toLowerCase() ?? ""];
  const bytes = new TextEncoder().encode(lines.map((line) => `${line}\n`).join(""));
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
  return hash.slice(0, DIGITS).match(/.{4}/g)!.join(" ");
}
