/**
 * A wait that a signal ends.
 *
 * @module
 */
import { systemTimers, type Timers } from "./timers.ts";

/** Resolves after `ms`, or at once if the signal is aborted. Then no timer and no listener are left. */
export function pause(
  ms: number,
  signal?: AbortSignal,
  timers: Pick<Timers, "after"> = systemTimers,
): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const done = () => {
      cancel();
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const cancel = timers.after(ms, done);
    signal?.addEventListener("abort", done, { once: true });
  });
}
