/**
 * The amounts that were signed in the last hour and day, in buckets, so that the record stays small: 13 of five minutes and 25 of one hour.
 * A bucket counts until all of it has left the window. So a ceiling may refuse one bucket's amount too much, but never allows too much.
 *
 * @module
 */

/** `[index of the bucket, units]`, rising. */
type Bucket = readonly [number, bigint];

/** The record as a snapshot contains it. */
export interface SpendingState {
  /** The buckets of the hour. */
  readonly fiveMinutes: readonly Bucket[];
  /** The buckets of the day. */
  readonly hours: readonly Bucket[];
  /** The latest clock reading. An earlier reading is replaced by this one. */
  readonly lastSeenMs: number;
}

const FIVE_MINUTES_MS = 300_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

/** A record without spending. */
export const NOTHING_SPENT: SpendingState = { fiveMinutes: [], hours: [], lastSeenMs: 0 };

/** The record after `units` more at `nowMs`. If the clock is earlier than at the last reading, the last reading counts. */
export function spend(state: SpendingState, nowMs: number, units: bigint): SpendingState {
  const atMs = Math.max(nowMs, state.lastSeenMs);
  return {
    fiveMinutes: added(state.fiveMinutes, atMs, FIVE_MINUTES_MS, HOUR_MS, units),
    hours: added(state.hours, atMs, HOUR_MS, DAY_MS, units),
    lastSeenMs: atMs,
  };
}

/** The units in the window that ends at the record's last clock reading. */
export function spentUnits(state: SpendingState, window: "hour" | "day"): bigint {
  return (window === "hour" ? state.fiveMinutes : state.hours)
    .reduce((sum, [, units]) => sum + units, 0n);
}

function added(
  buckets: readonly Bucket[],
  atMs: number,
  widthMs: number,
  windowMs: number,
  units: bigint,
): readonly Bucket[] {
  const now = Math.floor(atMs / widthMs);
  const first = Math.floor((atMs - windowMs) / widthMs);
  const kept = buckets.filter(([index]) => index >= first && index !== now);
  const current = buckets.find(([index]) => index === now)?.[1] ?? 0n;
  return units === 0n && current === 0n ? kept : [...kept, [now, current + units]];
}
