/**
 * A clock for intervals: a wall clock that is set back stands still for that moment and goes on, so that nothing that is due in a
 * second is due in a day. It is ahead of the wall clock from then on.
 *
 * @module
 */

/**
 * Makes one from a wall clock.
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
