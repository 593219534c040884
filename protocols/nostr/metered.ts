/**
 * The meter of a job that is paid while it runs. The first increment is paid with the request. A later increment is due when the run has
 * used all the paid time. Meanwhile the run continues for one more increment, so neither side risks more than one increment. Pure.
 *
 * @see docs/money.md#metered
 * @module
 */

/** The code for an increment that is not due yet. The buyer asks again soon, always after the same wait. */
export const NOT_DUE = "not_due";

/** The buyer's own payments for a job. */
interface Paid {
  /** The run time of an increment, in seconds. */
  readonly seconds: number;
  /** The number of paid increments. */
  readonly paid: number;
  /** When the buyer booked the first increment. */
  readonly sinceMs: number;
  /** When the buyer booked the last increment. */
  readonly paidAtMs: number;
}

/** The number of increments that a run has started, and so owes if it ends now. At least 1. */
export function begunIncrements(usedMs: number, seconds: number): number {
  return Math.floor(Math.max(0, usedMs) / (seconds * 1_000)) + 1;
}

/** The run time, in milliseconds, up to which a run continues with these paid increments: that of one more increment than was paid. */
export function runsUntilMs(paid: number, seconds: number): number {
  return (paid + 1) * seconds * 1_000;
}

/**
 * The earliest time, by the buyer's clock, at which the buyer pays the next increment if the provider says that it is due. After the first
 * increment, the buyer pays at most one more for each increment's time that has passed, and never two within half of that time. So a
 * provider that lies about its meter does not earn faster.
 */
export function paysFromMs({ seconds, paid, sinceMs, paidAtMs }: Paid): number {
  const incrementMs = seconds * 1_000;
  return Math.max(sinceMs + paid * incrementMs, paidAtMs + incrementMs / 2);
}

/** The number of increments that a total pays, at most `most`. */
export function coveredIncrements(
  totalUnits: bigint,
  incrementUnits: bigint,
  most: number,
): number {
  if (incrementUnits <= 0n || totalUnits < incrementUnits) return 0;
  const covered = totalUnits / incrementUnits;
  return covered < BigInt(most) ? Number(covered) : most;
}
