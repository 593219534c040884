/**
 * What a claim's gas is worth now, in the token's units, so that a channel which could not pay for its own claims is not taken on and
 * money below its gas is not claimed (docs/money.md#claims).
 *
 * Held: one price of gas, at most ten minutes old while a chain answers.
 *
 * @module
 */
import type { GasMarket } from "../evm/chain_connection.ts";
import { CLAIM_GAS, depositWorthClaims } from "./deposit_worth.ts";
import type { Timers } from "../../base/timers.ts";

const MAX_AGE_MS = 600_000;
const WEI_PER_NATIVE = 10n ** 18n;

/** The worth of gas. */
export interface GasWorth {
  /** The least deposit of a channel that is new to us. Rejects where no price is known and the chain is away. */
  depositUnits(): Promise<bigint>;
  /** What one claim's gas costs, rounded up. As above. */
  claimUnits(): Promise<bigint>;
}

/**
 * Over a chain's prices.
 *
 * @param unitsPerNative Units that one whole unit of the chain's own currency buys; 0n where the token is worth nothing.
 */
export function gasWorth(market: GasMarket, unitsPerNative: bigint, timers: Timers): GasWorth {
  let known: { readonly atMs: number; readonly feeWei: bigint } | null = null;
  const feeWei = async (): Promise<bigint> => {
    const now = timers.now();
    if (known !== null && Math.abs(now - known.atMs) <= MAX_AGE_MS) return known.feeWei;
    try {
      known = { atMs: now, feeWei: await market.feePerGasWei() };
    } catch (error) {
      if (known === null) throw error;
    }
    return known.feeWei;
  };
  return {
    async depositUnits() {
      return unitsPerNative === 0n ? 0n : depositWorthClaims(await feeWei(), unitsPerNative);
    },
    async claimUnits() {
      if (unitsPerNative === 0n) return 0n;
      const worth = CLAIM_GAS * await feeWei() * unitsPerNative;
      return (worth + WEI_PER_NATIVE - 1n) / WEI_PER_NATIVE;
    },
  };
}
