/**
 * Decides whether a claim may be accepted (docs/money.md#claims). It makes the cheap checks against the chain's facts. For the first claim
 * of a channel and every 1,000th after it, it also asks the contract. If newer facts could change a refusal (a deposit that was just
 * raised), they are asked for first.
 *
 * Held: a count for each of at most 8,192 channels. If a count was dropped, it starts again.
 *
 * @module
 */
import { larger } from "../../base/amount.ts";
import type { Claim } from "../../protocols/evm/claim.ts";
import { ChannelFactsCache } from "../claims/channel_facts.ts";
import type { ClaimRefusal } from "../claims/claim_ack.ts";
import { checkClaim, type ClaimTip } from "../claims/claim_check.ts";
import type { ReceiverDeps, ReceiverOptions } from "./receiver_options.ts";

const SIMULATE_EACH = 1_000;
const MAX_COUNTED = 8_192;

/** Checks claims before they reach a receiver's accounts. */
export class ClaimGate {
  readonly #facts: ChannelFactsCache;
  /** The number of a channel's claims since the contract was last asked. */
  readonly #since = new Map<string, number>();

  constructor(readonly options: ReceiverOptions, readonly deps: ReceiverDeps) {
    this.#facts = new ChannelFactsCache(deps.chain, deps.timers);
  }

  /**
   * Why the claim is refused, or null. Rejects if the chain cannot be asked; then nothing is decided. `good` resolves to true if the
   * signature was already found valid, to false if it was not checked.
   */
  async check(
    claim: Claim,
    tip: ClaimTip,
    good: Promise<boolean> | null = null,
  ): Promise<ClaimRefusal | null> {
    const signer = good !== null && await good ? claim.signerAddress : null;
    let facts = await this.#facts.get(claim.channelId, tip.nonce > 0);
    if (facts === "rate_limited") return "rate_limited";
    if (facts === null) return "unknown_channel";
    const minDepositUnits = await this.#leastDeposit(tip);
    let refusal = this.#against(claim, facts, tip, minDepositUnits, signer);
    if (refusal === "over_deposit" || refusal === "deposit_too_small") {
      facts = await this.#facts.newer(claim.channelId);
      if (facts === null) return "unknown_channel";
      refusal = this.#against(claim, facts, tip, minDepositUnits, signer);
    }
    return refusal ?? await this.#simulated(claim, tip, facts.participants);
  }

  #against(
    claim: Claim,
    facts: Parameters<typeof checkClaim>[1],
    tip: ClaimTip,
    minDepositUnits: bigint,
    signer: string | null,
  ): ClaimRefusal | null {
    return checkClaim(claim, facts, tip, {
      ownAddress: this.options.paymentAddress,
      minSettlementTimeoutS: this.options.minSettlementTimeoutS ?? 86_400,
      minDepositUnits,
      recover: signer === null ? this.deps.recover : () => signer,
    });
  }

  async #leastDeposit(tip: ClaimTip): Promise<bigint> {
    const stated = this.options.minDepositUnits ?? 0n;
    if (tip.nonce > 0 || this.deps.leastDeposit === undefined) return stated;
    const worth = await this.deps.leastDeposit();
    return larger(worth, stated);
  }

  async #simulated(
    claim: Claim,
    tip: ClaimTip,
    sides: readonly { readonly claimedUnits: bigint; readonly address: string }[],
  ): Promise<ClaimRefusal | null> {
    const { simulate } = this.deps;
    if (simulate === undefined) return null;
    // After a restart, the count of a channel that paid before starts at zero.
    const since = this.#since.get(claim.channelId) ?? (tip.nonce === 0 ? SIMULATE_EACH : 0);
    if (since + 1 < SIMULATE_EACH) {
      this.#count(claim.channelId, since + 1);
      return null;
    }
    const reason = await simulate(claim);
    const payer = sides.find(({ address }) => address === claim.signerAddress);
    // The contract pays nothing for a claim that adds nothing. That is no fault of the claim.
    const adds = claim.transferredAmount > (payer?.claimedUnits ?? 0n);
    if (reason !== null && (adds || reason !== "NothingToClaim")) return "not_payable";
    this.#count(claim.channelId, 0);
    return null;
  }

  #count(channelId: string, since: number): void {
    this.#since.delete(channelId);
    this.#since.set(channelId, since);
    if (this.#since.size > MAX_COUNTED) this.#since.delete(this.#since.keys().next().value!);
  }
}
