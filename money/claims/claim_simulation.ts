/**
 * The contract's own word on a claim, before it is taken in.
 *
 * @module
 */
import type { Claim } from "../../protocols/evm/claim.ts";
import { toHex } from "../../protocols/evm/keccak.ts";
import { normalizeSignature } from "../../protocols/evm/secp256k1.ts";
import type { EvmChain } from "../evm/chain_connection.ts";

/**
 * Asks what `claimFromChannel` would say if `paymentAddress`, the receiver's, sent the claim now: null for yes, else the error's name.
 * Rejects where the chain cannot be asked.
 */
export function claimSimulation(
  chain: Pick<EvmChain, "simulate">,
  paymentAddress: string,
): (claim: Claim) => Promise<string | null> {
  return (claim) =>
    chain.simulate({
      call: "claimFromChannel",
      tokenNetwork: claim.tokenNetworkAddress,
      channelId: claim.channelId,
      nonce: claim.nonce,
      transferredAmountRaw: claim.transferredAmount,
      signature: toHex(normalizeSignature(claim.signature)),
    }, paymentAddress);
}
