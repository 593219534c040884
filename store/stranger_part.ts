/**
 * Which part of a payment counts as paid to a stranger (docs/money.md#strangers). A provider may hold as much at risk as it has delivered
 * to this buyer; what is above that counts. So the history of a small job covers a small payment and no large one. What it took for jobs
 * that failed counts several times.
 *
 * @module
 */
import { larger } from "../base/amount.ts";

/**
 * Why a buyer does not trust a provider: it sold a key that opened nothing, enough others contradicted its answer to a verified job, or too
 * many of its last jobs had no result (docs/money.md#distrust).
 */
export type Distrust = "false_key" | "contradicted" | "failing";

/** What a provider delivered to this buyer, and what it was paid and has not delivered. In base units. */
export interface ProviderHistory {
  /** What it was paid for jobs that went well. */
  readonly deliveredUnits: bigint;
  /** What it was paid before the result, for jobs that have no result: open ones, and those that failed. */
  readonly riskUnits: bigint;
  /** What of that was for jobs that failed in the last 30 days. It counts {@link LOSS_TIMES} times. Default: nothing. */
  readonly lostUnits?: bigint;
  /** Absent if it is trusted. Otherwise its history covers nothing. */
  readonly distrust?: Distrust;
}

/**
 * How often what a failed job took counts. A provider that takes payments for nothing now and then must deliver as many times as much to be
 * trusted with the next one, so it cannot take more than a third of what it delivers.
 */
export const LOSS_TIMES = 3n;

/** How much a provider may have at risk without counting as a stranger. */
export function coveredUnits(
  { deliveredUnits, lostUnits = 0n, distrust }: ProviderHistory,
): bigint {
  return distrust === undefined ? larger(deliveredUnits - (LOSS_TIMES - 1n) * lostUnits, 0n) : 0n;
}

/** The history of a provider that was never paid. */
export const NO_HISTORY: ProviderHistory = { deliveredUnits: 0n, riskUnits: 0n };

/**
 * The part of `units` that counts, if they are paid before the result. From 0 to `units`. Several payments count the same in any order.
 *
 * @example
 * ```ts
 * import { strangerPart } from "./stranger_part.ts";
 * const history = { deliveredUnits: 100n, riskUnits: 30n };
 * console.assert(strangerPart(history, 70n) === 0n);
 * console.assert(strangerPart(history, 90n) === 20n);
 * console.assert(strangerPart({ ...history, lostUnits: 30n }, 70n) === 60n);
 * ```
 */
export function strangerPart(history: ProviderHistory, units: bigint): bigint {
  const { riskUnits } = history;
  const covered = coveredUnits(history);
  const above = (atRisk: bigint) => larger(atRisk - covered, 0n);
  return above(riskUnits + units) - above(riskUnits);
}
