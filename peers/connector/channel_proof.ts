/**
 * The proof that lets a session receive packets: an EIP-712 ClaimStateChallenge, signed by our key of the channel and valid for 60 s
 * (docs/money.md#sessions).
 *
 * @module
 */
import { type ChannelProof } from "../../protocols/btp/auth.ts";
import { recoverChallenge } from "../../protocols/evm/challenge.ts";
import { asAddress } from "../../protocols/evm/address.ts";
import { asChannelId } from "../../protocols/evm/channel_id.ts";
import type { Secp256k1 } from "../../protocols/evm/secp256k1.ts";
import type { ChannelFacts } from "../../money/evm/chain.ts";
import type { Signer } from "../../money/signer/signer.ts";

/** How long a proof is valid, in seconds. */
const PROOF_LIFE_S = 60;

/** Signs a proof that expires a minute from now. */
export async function makeProof(
  signer: Pick<Signer, "signChallenge">,
  channel: {
    readonly channelId: string;
    readonly chainId: number;
    readonly tokenNetworkAddress: string;
  },
  nowMs: number,
): Promise<ChannelProof> {
  const expiresS = Math.floor(nowMs / 1_000) + PROOF_LIFE_S;
  const { signature } = await signer.signChallenge({ ...channel, expiresS });
  return { channelId: asChannelId(channel.channelId), expiresS, signature };
}

/** Why a proof is invalid. Null if it has not expired and its signer is the counterparty of `ownAddress`. */
export function checkProof(
  secp: Secp256k1,
  proof: ChannelProof,
  facts: ChannelFacts,
  ownAddress: string,
  nowMs: number,
):
  | "expired"
  | "too_far"
  | "wrong_channel"
  | "wrong_signer"
  | "signature_invalid"
  | null {
  const nowS = nowMs / 1_000;
  if (proof.expiresS <= nowS) return "expired";
  if (proof.expiresS > nowS + PROOF_LIFE_S + 1) return "too_far";
  if (proof.channelId !== facts.channelId) return "wrong_channel";
  const own = ownAddress.toLowerCase();
  const peer = facts.participants.find((side) => side.address.toLowerCase() !== own);
  try {
    const domain = {
      chainId: facts.chainId,
      verifyingContract: asAddress(facts.tokenNetworkAddress),
    };
    const signer = recoverChallenge(secp, domain, proof, proof.signature);
    return peer !== undefined && signer === peer.address.toLowerCase() ? null : "wrong_signer";
  } catch {
    return "signature_invalid";
  }
}
