/**
 * How long the audit lets entries gather before its next cycle. A cycle costs the same syncs for one entry as for a thousand, so that the
 * wait doubles while entries keep coming, up to ten times the least, and is the least again after a lull.
 *
 * @module
 */

/** See the module. */
interface Pace {
  /** The wait after a cycle that took entries, for which it had waited so long. */
  after(waitedMs: number): number;
}

/** How many times the least wait the longest is. */
const MOST = 10;

/**
 * Makes one.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { createPace } from "./pace.ts";
 *
 * const pace = createPace(100);
 * assert.deepEqual([0, 0, 20, 0, 0].map(pace.after), [100, 200, 400, 800, 1_000]);
 * assert.equal(pace.after(1_500), 100);
 * ```
 */
export function createPace(leastMs: number): Pace {
  let lastMs = 0;
  return {
    after(waitedMs) {
      lastMs = lastMs === 0 || waitedMs > lastMs ? leastMs : Math.min(lastMs * 2, leastMs * MOST);
      return lastMs;
    },
  };
}
