/**
 * ClaimStateChallenge(bytes32 channelId,uint256 expires) in the TokenNetwork's domain: proves that a peer holds a channel's key.
 *
 * @module
 */
import type { Address } from "./address.ts";
import { fromHex, HexError, uint256 } from "./keccak.ts";
import type { Secp256k1 } from "./secp256k1.ts";
import { type Eip712Domain, typedDataDigest, typeHash } from "./typed_data.ts";

/** What is signed. */
interface ClaimStateChallenge {
  /** `0x` and 64 hex digits. */
  readonly channelId: string;
  /** Unix seconds. The signature says nothing about the time: whoever recovers compares it with a clock. */
  readonly expiresS: number;
}

const TYPE_HASH = typeHash("ClaimStateChallenge(bytes32 channelId,uint256 expires)");

/** The EIP-712 digest of a challenge: 32 bytes. Throws HexError when a field breaks its rule. */
export function challengeDigest(domain: Eip712Domain, challenge: ClaimStateChallenge): Uint8Array {
  if (!Number.isSafeInteger(challenge.expiresS) || challenge.expiresS < 0) {
    throw new HexError("expiresS must be a safe integer of 0 or more");
  }
  return typedDataDigest(
    domain,
    TYPE_HASH,
    fromHex(challenge.channelId, 32, "channelId"),
    uint256(challenge.expiresS),
  );
}

/** Who signed a challenge; throws SignatureError. */
export function recoverChallenge(
  secp: Secp256k1,
  domain: Eip712Domain,
  challenge: ClaimStateChallenge,
  signature: string,
): Address {
  return secp.recover(challengeDigest(domain, challenge), signature);
}
