/**
 * Interledger addresses.
 *
 * @see https://interledger.org/developers/rfcs/ilp-addresses/
 * @module
 */

/** A known scheme, then names of letters, digits, `_`, `~` and `-`, separated by dots. */
const ADDRESS = /^(?:g|private|example|peer|self|test[1-3]?|local)(?:\.[a-zA-Z0-9_~-]+)+$/;

/** The longest address, in characters. */
export const MAX_ADDRESS_LENGTH = 1023;

/** A checked address. Only {@link isIlpAddress} and {@link asIlpAddress} make this type. */
export type IlpAddress = string & { readonly __ilpAddress: unique symbol };

/** Whether `text` is an ILP address of RFC 15. */
export function isIlpAddress(text: unknown): text is IlpAddress {
  return typeof text === "string" && text.length <= MAX_ADDRESS_LENGTH && ADDRESS.test(text);
}

/**
 * Checks an address.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { asIlpAddress } from "./address.ts";
 *
 * assert.equal(asIlpAddress("g.dev.relay"), "g.dev.relay");
 * assert.throws(() => asIlpAddress("dev.relay"), { code: "address" });
 * ```
 *
 * @throws {IlpAddressError} if it is not an ILP address
 */
export function asIlpAddress(text: unknown): IlpAddress {
  if (isIlpAddress(text)) return text;
  throw new IlpAddressError(
    typeof text === "string"
      ? `ILP address must be a scheme (g, private, example, peer, self, test, local) and dot-separated names of at most ${MAX_ADDRESS_LENGTH} characters (got ${text.length} characters)`
      : `ILP address must be text (got ${typeof text})`,
  );
}

/**
 * Whether `address` is `prefix` or lies below it. Only whole segments count: `g.a.b` lies below `g.a`, but `g.ab` does not. Every address
 * lies below the empty prefix. Longest-prefix routing uses this comparison.
 */
export function isBelow(address: string, prefix: string): boolean {
  return prefix === "" || address === prefix || address.startsWith(`${prefix}.`);
}

/** The text is not an ILP address. */
export class IlpAddressError extends Error {
  /** `IlpAddressError`. */
  override readonly name = "IlpAddressError";
  /** Always `address`. */
  readonly code = "address";
}
