/**
 * The meter of a job that is paid while it runs. The first increment is paid with the request. A later one is due when the run has used
 * all that was paid for. The run goes on for one more increment meanwhile, so neither side risks more than one. Pure.
 *
 * @see docs/money.md#metered
 * @module
 */

/** Why an increment is not paid yet: it is asked for again soon, and no later each time. */
export const NOT_DUE = "not_due";

/** What the buyer knows of its own payments. */
interface Paid {
  /** How long an increment is. */
  readonly seconds: number;
  /** Increments that were paid. */
  readonly paid: number;
  /** When the buyer booked the first increment. */
  readonly sinceMs: number;
  /** When the buyer booked the last increment. */
  readonly paidAtMs: number;
}

/** Increments that a run has begun: what a run owes in all when it ends now. At least 1. */
export function begunIncrements(usedMs: number, seconds: number): number {
  return Math.floor(Math.max(0, usedMs) / (seconds * 1_000)) + 1;
}

/** Until so much run time, in ms, a run goes on with these increments paid: one more than was paid for. */
export function runsUntilMs(paid: number, seconds: number): number {
  return (paid + 1) * seconds * 1_000;
}

/**
 * From when on a buyer pays its next increment, by its own clock, if the provider says that it is due. Never more than one increment for
 * each increment's time since the first, and never two within half of that time: a provider that lies about its meter earns no faster.
 */
export function paysFromMs({ seconds, paid, sinceMs, paidAtMs }: Paid): number {
  const incrementMs = seconds * 1_000;
  return Math.max(sinceMs + paid * incrementMs, paidAtMs + incrementMs / 2);
}

/** How many increments a total covers, at most `most`. */
export function coveredIncrements(
  totalUnits: bigint,
  incrementUnits: bigint,
  most: number,
): number {
  if (incrementUnits <= 0n || totalUnits < incrementUnits) return 0;
  const covered = totalUnits / incrementUnits;
  return covered < BigInt(most) ? Number(covered) : most;
}
