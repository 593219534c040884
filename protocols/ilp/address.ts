/**
 * Interledger addresses.
 *
 * @see https://interledger.org/developers/rfcs/ilp-addresses/
 * @module
 */

/** Letters, digits, `_`, `~` and `-` between dots, behind a known scheme, at most 1,023 characters. */
const ADDRESS = /^(?:g|private|example|peer|self|test[1-3]?|local)(?:\.[a-zA-Z0-9_~-]+)+$/;

/** The longest address, in characters. */
export const MAX_ADDRESS_LENGTH = 1023;

/** An address that was checked; made only by {@link asIlpAddress}. */
export type IlpAddress = string & { readonly __ilpAddress: unique symbol };

/** Whether `text` is an ILP address as RFC 15 has it. */
export function isIlpAddress(text: unknown): text is IlpAddress {
  return typeof text === "string" && text.length <= MAX_ADDRESS_LENGTH && ADDRESS.test(text);
}

/**
 * The address, checked.
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
 * @throws {IlpAddressError} when it is none
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
 * Whether `address` is `prefix` or lies below it, whole segments only: `g.a` holds `g.a.b`, not `g.ab`. The empty prefix holds
 * everything. This is the comparison of longest-prefix routing.
 */
export function isBelow(address: string, prefix: string): boolean {
  return prefix === "" || address === prefix || address.startsWith(`${prefix}.`);
}

/** Text that is no ILP address. */
export class IlpAddressError extends Error {
  /** `IlpAddressError`. */
  override readonly name = "IlpAddressError";
  /** Always `address`. */
  readonly code = "address";
}
