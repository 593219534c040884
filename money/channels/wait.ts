/**
 * Waiting, with the clock as an argument.
 *
 * @module
 */
import type { Timers } from "../../base/timers.ts";

/** Resolves after `ms`, or at once when `signal` is aborted. */
export function pause(timers: Timers, ms: number, signal?: AbortSignal): Promise<void> {
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

/** The promise's value, or the error of `late` if it takes longer than `ms`. The work itself continues. */
export async function within<T>(
  timers: Timers,
  ms: number,
  promise: Promise<T>,
  late: () => Error,
): Promise<T> {
  const { promise: passed, reject } = Promise.withResolvers<never>();
  const cancel = timers.after(ms, () => reject(late()));
  try {
    return await Promise.race([promise, passed]);
  } finally {
    cancel();
  }
}
