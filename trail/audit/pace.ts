/**
 * How long the audit collects entries before its next cycle. A cycle needs the same number of syncs for one entry as for a thousand. So the
 * wait doubles while entries keep coming, up to ten times the least, and is the least again after a pause.
 *
 * @module
 */

/** See the module. */
interface Pace {
  /** Returns the wait after a cycle with entries; `waitedMs` is how long the cycle had waited for them. */
  after(waitedMs: number): number;
}

/** The longest wait, as a multiple of the least. */
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
