/**
 * Balance proofs: the payer signs them, and the contract pays them. Locked amount and locks root are always zero in this program.
 *
 * @see https://eips.ethereum.org/EIPS/eip-712
 * @module
 */
import type { Address } from "./address.ts";
import { fromHex, HexError, uint256 } from "./keccak.ts";
import type { Secp256k1 } from "./secp256k1.ts";
import { type Eip712Domain, typedDataDigest, typeHash } from "./typed_data.ts";

export type { Eip712Domain } from "./typed_data.ts";

/**
 * A cumulative balance on one channel.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { type BalanceProof, signBalanceProof } from "./balance_proof.ts";
 * import { loadSecp256k1 } from "./secp256k1.ts";
 *
 * const domain = { chainId: 31337, verifyingContract: `0x${"11".repeat(20)}` };
 * const channelId = `0x${"22".repeat(32)}`;
 * const proof: BalanceProof = { channelId, nonce: 1, transferredAmount: 3270n };
 * const key = new Uint8Array(32).fill(1);
 * assert.equal(signBalanceProof(await loadSecp256k1(), domain, proof, key).length, 132);
 * ```
 */
export interface BalanceProof {
  /** `0x` and 64 hex digits. */
  readonly channelId: string;
  /** A safe integer of 0 or more. */
  readonly nonce: number;
  /** Cumulative, base units, 0 to 2^256 - 1. */
  readonly transferredAmount: bigint;
}

/** The EIP-712 type hash of BalanceProof. */
export const BALANCE_PROOF_TYPE_HASH: Uint8Array = typeHash(
  "BalanceProof(bytes32 channelId,uint256 nonce,uint256 transferredAmount,uint256 lockedAmount,bytes32 locksRoot)",
);

const ZERO = new Uint8Array(32);

/**
 * The EIP-712 digest of a balance proof: 32 bytes.
 *
 * @throws {HexError} if a field breaks its rule
 */
export function balanceProofDigest(domain: Eip712Domain, proof: BalanceProof): Uint8Array {
  if (!Number.isSafeInteger(proof.nonce) || proof.nonce < 0) {
    throw new HexError("nonce must be a safe integer of 0 or more");
  }
  if (typeof proof.transferredAmount !== "bigint") {
    throw new HexError("transferredAmount must be a bigint");
  }
  return typedDataDigest(
    domain,
    BALANCE_PROOF_TYPE_HASH,
    fromHex(proof.channelId, 32, "channelId"),
    uint256(proof.nonce),
    uint256(proof.transferredAmount),
    ZERO,
    ZERO,
  );
}

/**
 * Signs a balance proof. Returns `0x` and 65 bytes, with the lower s and with v 27 or 28.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { recoverBalanceProof, signBalanceProof } from "./balance_proof.ts";
 * import { loadSecp256k1 } from "./secp256k1.ts";
 *
 * const secp = await loadSecp256k1();
 * const key = new Uint8Array(32).fill(1);
 * const domain = { chainId: 31337, verifyingContract: `0x${"11".repeat(20)}` };
 * const proof = { channelId: `0x${"22".repeat(32)}`, nonce: 1, transferredAmount: 3270n };
 * const signature = signBalanceProof(secp, domain, proof, key);
 * assert.equal(recoverBalanceProof(secp, domain, proof, signature), secp.addressOf(key));
 * ```
 */
export function signBalanceProof(
  secp: Secp256k1,
  domain: Eip712Domain,
  proof: BalanceProof,
  secretKey: Uint8Array,
): string {
  return secp.sign(balanceProofDigest(domain, proof), secretKey);
}

/**
 * The address that signed a balance proof. v may be 0, 1, 27 or 28.
 *
 * @throws {SignatureError} `length`, `high_s`, `recovery_id` or `invalid`
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { recoverBalanceProof, signBalanceProof } from "./balance_proof.ts";
 * import { loadSecp256k1 } from "./secp256k1.ts";
 *
 * const secp = await loadSecp256k1();
 * const key = new Uint8Array(32).fill(1);
 * const domain = { chainId: 31337, verifyingContract: `0x${"11".repeat(20)}` };
 * const proof = { channelId: `0x${"22".repeat(32)}`, nonce: 1, transferredAmount: 3270n };
 * const signature = signBalanceProof(secp, domain, proof, key);
 * const more = { ...proof, transferredAmount: 3271n };
 * assert.notEqual(recoverBalanceProof(secp, domain, more, signature), secp.addressOf(key));
 * ```
 */
export function recoverBalanceProof(
  secp: Secp256k1,
  domain: Eip712Domain,
  proof: BalanceProof,
  signature: string,
): Address {
  return secp.recover(balanceProofDigest(domain, proof), signature);
}
