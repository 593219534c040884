/**
 * Several tries of the same question, of which the first success counts.
 *
 * @module
 */
import type { Timers } from "./timers.ts";

/**
 * The first success. A try begins when the one before it failed, or had no result after `nextMs`. Rejects with the first try's error if all
 * fail.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { firstOf } from "./first_of.ts";
 * import { systemTimers } from "./timers.ts";
 *
 * const tries = [() => Promise.reject(new Error("away")), () => Promise.resolve("here")];
 * assert.equal(await firstOf(tries, 1_000, systemTimers), "here");
 * ```
 */
export function firstOf<Answer>(
  tries: readonly (() => Promise<Answer>)[],
  nextMs: number,
  timers: Pick<Timers, "after">,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    let firstError: unknown;
    let begun = 0;
    let failed = 0;
    let cancel = () => {};
    const next = () => {
      cancel();
      if (begun === tries.length) return;
      const at = begun++;
      if (begun < tries.length) cancel = timers.after(nextMs, next);
      tries[at]().then((answer) => {
        cancel();
        begun = tries.length;
        resolve(answer);
      }, (error) => {
        if (at === 0) firstError = error;
        failed += 1;
        if (failed === tries.length) reject(firstError);
        else next();
      });
    };
    next();
  });
}
