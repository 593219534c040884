/**
 * A clock for intervals. If the wall clock is set back, this clock does not go back, so that something due in a second is not due a day
 * later. From then on it is ahead of the wall clock.
 *
 * @module
 */

/**
 * Makes a steady clock from a wall clock.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { steadyClock } from "./steady_clock.ts";
 *
 * let wallMs = 5_000;
 * const clock = steadyClock(() => wallMs);
 * wallMs = 1_000;
 * assert.equal(clock(), 5_000);
 * wallMs = 1_300;
 * assert.equal(clock(), 5_300);
 * ```
 */
export function steadyClock(wall: () => number): () => number {
  let lastMs = wall();
  let atMs = lastMs;
  return () => {
    const nowMs = wall();
    atMs += Math.max(0, nowMs - lastMs);
    lastMs = nowMs;
    return atMs;
  };
}
