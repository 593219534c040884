/**
 * The current value of a claim's gas in the token's units. A channel that could not pay for its own claims is not accepted, and money that
 * is worth less than the gas is not claimed (docs/money.md#claims).
 *
 * Held: one price of gas, at most ten minutes old while the chain answers.
 *
 * @module
 */
import type { GasMarket } from "../evm/chain_connection.ts";
import { CLAIM_GAS, depositWorthClaims } from "./deposit_worth.ts";
import type { Timers } from "../../base/timers.ts";

const MAX_AGE_MS = 600_000;
const WEI_PER_NATIVE = 10n ** 18n;

/** The value of gas in units of the token. */
export interface GasWorth {
  /** The least deposit of a new channel. Rejects if no price is known and the chain cannot be asked. */
  depositUnits(): Promise<bigint>;
  /** The gas cost of one claim in units, rounded up. Rejects in the same case. */
  claimUnits(): Promise<bigint>;
}

/**
 * Computes the value of gas from a chain's prices.
 *
 * @param unitsPerNative Units that one whole unit of the chain's currency is worth. 0n if the token is worth nothing.
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
