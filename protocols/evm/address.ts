/**
 * EVM addresses. Their checksums are hashed in JavaScript: the main thread and others that only read addresses then load no WebAssembly.
 *
 * @see https://eips.ethereum.org/EIPS/eip-55
 * @module
 */
import { keccak_256 } from "@noble/hashes/sha3.js";
import { bytesToHex } from "@noble/hashes/utils.js";

/**
 * `0x` and 40 lowercase hex digits. Only a function that checked or computed the address makes this type.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { type Address, asAddress } from "./address.ts";
 *
 * const address: Address = asAddress(`0x${"AB".repeat(20)}`);
 * assert.equal(address, `0x${"ab".repeat(20)}`);
 * ```
 */
export type Address = string & { readonly __address: unique symbol };

/**
 * The address in lower case. An address in mixed case must have a valid EIP-55 checksum, so that a typing error is found.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { asAddress } from "./address.ts";
 *
 * assert.equal(
 *   asAddress("0x5FbDB2315678afecb367f032d93F642f64180aa3"),
 *   "0x5fbdb2315678afecb367f032d93f642f64180aa3",
 * );
 * assert.throws(() => asAddress("0x5fbDB2315678afecb367f032d93F642f64180aa3"), { code: "address" });
 * ```
 *
 * @throws {AddressError} if it is not an address; the message contains `field`
 */
export function asAddress(text: unknown, field = "address"): Address {
  if (typeof text !== "string" || !/^0x[0-9a-fA-F]{40}$/.test(text)) {
    throw new AddressError(`${field} must be 0x and 40 hex digits`);
  }
  const lower = text.toLowerCase() as Address;
  const digits = text.slice(2);
  const oneCase = digits === digits.toLowerCase() || digits === digits.toUpperCase();
  if (!oneCase && checksumAddress(lower) !== text) {
    throw new AddressError(`${field} has a wrong checksum (EIP-55): a digit may be mistyped`);
  }
  return lower;
}

/** The address with its EIP-55 checksum, for people and block explorers. */
export function checksumAddress(address: Address): string {
  const digits = address.slice(2);
  const hash = bytesToHex(keccak_256(new TextEncoder().encode(digits)));
  return `0x${
    [...digits].map((digit, at) => parseInt(hash[at], 16) >= 8 ? digit.toUpperCase() : digit).join(
      "",
    )
  }`;
}

/** The text is not an address. */
export class AddressError extends Error {
  /** `AddressError`. */
  override readonly name = "AddressError";
  /** Always `address`. */
  readonly code = "address";
}
