/**
 * ClaimStateChallenge(bytes32 channelId,uint256 expires) in the TokenNetwork's domain. Its signature proves that a peer has a channel's
 * key.
 *
 * @module
 */
import type { Address } from "./address.ts";
import { fromHex, HexError, uint256 } from "./keccak.ts";
import type { Secp256k1 } from "./secp256k1.ts";
import { type Eip712Domain, typedDataDigest, typeHash } from "./typed_data.ts";

/** The fields that are signed. */
interface ClaimStateChallenge {
  /** `0x` and 64 hex digits. */
  readonly channelId: string;
  /** Unix seconds. Recovery does not check the time: the caller must compare it with a clock. */
  readonly expiresS: number;
}

const TYPE_HASH = typeHash("ClaimStateChallenge(bytes32 channelId,uint256 expires)");

/** The EIP-712 digest of a challenge: 32 bytes. Throws HexError if a field breaks its rule. */
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

/** The address that signed a challenge. Throws SignatureError. */
export function recoverChallenge(
  secp: Secp256k1,
  domain: Eip712Domain,
  challenge: ClaimStateChallenge,
  signature: string,
): Address {
  return secp.recover(challengeDigest(domain, challenge), signature);
}
