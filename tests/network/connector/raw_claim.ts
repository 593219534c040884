/**
 * Claims straight from a test party's key, past the signer's own rules.
 */
import { createHash } from "node:crypto";
import { asAddress } from "../../../protocols/evm/address.ts";
import { signBalanceProof } from "../../../protocols/evm/balance_proof.ts";
import { asChannelId } from "../../../protocols/evm/channel_id.ts";
import { encodeClaim } from "../../../protocols/evm/claim.ts";
import { loadSecp256k1 } from "../../../protocols/evm/secp256k1.ts";
import { CHAIN_ID, TOKEN, TOKEN_NETWORK } from "./rig.ts";

/** What to sign otherwise than it should be. */
export interface ClaimTwist {
  /** The domain and field that the claim states. */
  readonly chainId?: number;
  /** The party whose key signs, although the claim names the first one. */
  readonly signedBy?: string;
  /** Null: the claim names none. */
  readonly tokenAddress?: string | null;
}

/** A claim of the party called `name`, signed by its key. */
export async function signClaimAs(
  name: string,
  channel: string,
  nonce: number,
  transferredAmount: bigint,
  { chainId = CHAIN_ID, signedBy = name, tokenAddress = TOKEN }: ClaimTwist = {},
): Promise<Uint8Array> {
  const secp = await loadSecp256k1();
  const keyOf = (party: string) => createHash("sha256").update(`key of ${party}`).digest();
  const channelId = asChannelId(channel);
  const tokenNetworkAddress = asAddress(TOKEN_NETWORK);
  const signature = signBalanceProof(
    secp,
    { chainId, verifyingContract: tokenNetworkAddress },
    { channelId, nonce, transferredAmount },
    keyOf(signedBy),
  );
  return encodeClaim({
    messageId: `test-${nonce}`,
    timestamp: new Date(0).toISOString(),
    senderId: name,
    channelId,
    nonce,
    transferredAmount,
    signature,
    signerAddress: secp.addressOf(keyOf(name)),
    chainId,
    tokenNetworkAddress,
    ...(tokenAddress === null ? {} : { tokenAddress: asAddress(tokenAddress) }),
  });
}
