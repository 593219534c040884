/**
 * Asks the contract about a claim before the claim is accepted.
 *
 * @module
 */
import type { Claim } from "../../protocols/evm/claim.ts";
import { toHex } from "../../protocols/evm/keccak.ts";
import { normalizeSignature } from "../../protocols/evm/secp256k1.ts";
import type { EvmChain } from "../evm/chain_connection.ts";

/**
 * Asks what `claimFromChannel` would answer if the receiver's `paymentAddress` sent the claim now. Null if it would succeed, otherwise the
 * error's name. Rejects if the chain cannot be asked.
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
