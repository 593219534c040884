/**
 * The part of EIP-712 that payment channels need: the TokenNetwork domain and the digest of one struct in it.
 *
 * @see https://eips.ethereum.org/EIPS/eip-712
 * @module
 */
import { fromHex, HexError, keccak256, uint256 } from "./keccak.ts";

/**
 * The contract and chain for which a signature is valid. Name and version are `TokenNetwork` and `1`.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { domainSeparator, type Eip712Domain } from "./typed_data.ts";
 *
 * const here: Eip712Domain = { chainId: 31337, verifyingContract: `0x${"11".repeat(20)}` };
 * const there = { ...here, chainId: 84532 };
 * assert.notDeepEqual(domainSeparator(here), domainSeparator(there));
 * ```
 */
export interface Eip712Domain {
  /** A safe integer above zero. */
  readonly chainId: number;
  /** The TokenNetwork's address, `0x` and 40 hex digits. */
  readonly verifyingContract: string;
}

const DOMAIN_TYPE = typeHash(
  "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)",
);
const NAME = keccak256(new TextEncoder().encode("TokenNetwork"));
const VERSION = keccak256(new TextEncoder().encode("1"));
const PREFIX = new Uint8Array([0x19, 0x01]);

/** The Keccak-256 hash of a text, for example of a struct's type string. */
export function typeHash(type: string): Uint8Array {
  return keccak256(new TextEncoder().encode(type));
}

/** The last computed separator. A signer or receiver has one contract, and without this cache a claim would take a third more time. */
let last: { readonly domain: Eip712Domain; readonly separator: Uint8Array } | null = null;

/** The domain separator: 32 bytes. Throws HexError if a field breaks its rule. */
export function domainSeparator(domain: Eip712Domain): Uint8Array {
  const { chainId, verifyingContract } = domain;
  if (last?.domain.chainId !== chainId || last.domain.verifyingContract !== verifyingContract) {
    const separator = computeSeparator({ chainId, verifyingContract });
    last = { domain: { chainId, verifyingContract }, separator };
  }
  return last.separator.slice();
}

function computeSeparator(domain: Eip712Domain): Uint8Array {
  if (!Number.isSafeInteger(domain.chainId) || domain.chainId <= 0) {
    throw new HexError("chainId must be a safe integer above zero");
  }
  const contract = new Uint8Array(32);
  contract.set(fromHex(domain.verifyingContract, 20, "verifyingContract"), 12);
  return keccak256(DOMAIN_TYPE, NAME, VERSION, uint256(domain.chainId), contract);
}

/** The digest to sign: keccak256(0x1901, domain separator, hash of the struct's words). */
export function typedDataDigest(domain: Eip712Domain, ...words: readonly Uint8Array[]): Uint8Array {
  return keccak256(PREFIX, domainSeparator(domain), keccak256(...words));
}
