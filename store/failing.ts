/**
 * When too many of a provider's last jobs had no result (docs/money.md#distrust). Only paid jobs count, and a run that failed with an exit
 * code is a result.
 *
 * @module
 */
import { larger } from "../base/amount.ts";

/** How many of the newest paid jobs of a provider count, how old they may be, and how many must have failed. */
export const FAILING = { lastJobs: 10, days: 30, failures: 3 } as const;

/** The last paid jobs of a provider. */
export interface ProviderRecord {
  /** At most `lastJobs` of {@link FAILING}. */
  readonly jobs: number;
  /** Those of them that had no result in time, or only an error. */
  readonly failed: number;
  /** Their prices, in base units. */
  readonly units: bigint;
  /** The prices of those that failed. */
  readonly failedUnits: bigint;
}

/**
 * Whether a provider is failing: at least three of the jobs failed, and they are at least half of the jobs or of their prices.
 *
 * @example
 * ```ts
 * import { isFailing } from "./failing.ts";
 * console.assert(isFailing({ jobs: 3, failed: 3, units: 30n, failedUnits: 30n }));
 * console.assert(!isFailing({ jobs: 10, failed: 3, units: 100n, failedUnits: 30n }));
 * ```
 */
export function isFailing({ jobs, failed, units, failedUnits }: ProviderRecord): boolean {
  return failed >= FAILING.failures &&
    (failed * 2 >= jobs || failedUnits * 2n >= larger(units, 1n));
}
