/**
 * Checks whether the contract would pay a claim (docs/money.md#claims). Cheap checks come first, the signature comes last. Nothing is
 * written.
 *
 * @module
 */
import { MAX_NONCE_AHEAD } from "../../protocols/evm/claim.ts";
import type { Claim } from "../../protocols/evm/claim.ts";
import type { ChannelFacts } from "../evm/chain.ts";
import type { ClaimRefusal } from "./claim_ack.ts";

/** A receiver's requirements of every channel through which it is paid. */
interface ClaimTerms {
  /** Our payment address, `0x` and 40 lowercase hex digits. */
  readonly ownAddress: string;
  /** The shortest accepted grace: at least a day on a real network, an hour on `dev`. */
  readonly minSettlementTimeoutS: number;
  /** The least deposit that is worth its gas. 0 on `dev`. */
  readonly minDepositUnits: bigint;
  /** The address that signed. Throws if the signature is invalid (length, high s, recovery id). */
  readonly recover: (claim: Claim) => string;
}

/** The account's highest claim so far. */
export interface ClaimTip {
  readonly nonce: number;
  readonly cumulative: bigint;
}

/** The first reason to refuse the claim. Null if it is good. */
export function checkClaim(
  claim: Claim,
  facts: ChannelFacts,
  tip: ClaimTip,
  terms: ClaimTerms,
): ClaimRefusal | null {
  if (claim.chainId !== facts.chainId) return "wrong_domain";
  if (lower(claim.tokenNetworkAddress) !== lower(facts.tokenNetworkAddress)) return "wrong_domain";
  const own = facts.participants.findIndex((side) =>
    lower(side.address) === lower(terms.ownAddress)
  );
  if (own < 0) return "unknown_channel";
  const payer = facts.participants[1 - own];
  if (facts.state !== "open") return "channel_closed";
  if (facts.settlementTimeoutS < terms.minSettlementTimeoutS) return "settlement_timeout";
  if (lower(claim.signerAddress) !== lower(payer.address)) return "wrong_signer";
  const highest = Math.max(tip.nonce, payer.claimedNonce);
  if (claim.nonce <= highest) return "nonce_not_advancing";
  if (claim.nonce > highest + MAX_NONCE_AHEAD) return "nonce_too_far";
  if (claim.transferredAmount < tip.cumulative) return "amount_not_advancing";
  if (claim.transferredAmount < payer.claimedUnits) return "amount_not_advancing";
  if (claim.transferredAmount > payer.depositUnits) return "over_deposit";
  if (payer.depositUnits < terms.minDepositUnits) return "deposit_too_small";
  try {
    return lower(terms.recover(claim)) === lower(payer.address) ? null : "wrong_signer";
  } catch {
    return "signature_invalid";
  }
}

/**
 * Why a claim's token is refused. With `mustName`, the token must be present: receivers on the wire's network use it to find the contract
 * of an unknown channel, and drop claims that they cannot redeem.
 */
export function checkToken(
  claim: Pick<Claim, "tokenAddress">,
  mustName: boolean,
  tokenAddress: string | undefined,
): { readonly reason: ClaimRefusal; readonly detail: string } | null {
  if (claim.tokenAddress === undefined) {
    const detail =
      "tokenAddress is missing; a claim names chainId, tokenNetworkAddress and tokenAddress";
    return mustName ? { reason: "token_missing", detail } : null;
  }
  if (tokenAddress === undefined || lower(claim.tokenAddress) === lower(tokenAddress)) return null;
  return { reason: "wrong_domain", detail: "tokenAddress is not the channel's token" };
}

function lower(address: string): string {
  return address.toLowerCase();
}
