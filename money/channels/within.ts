/**
 * A limit for the time of some work, with the clock as an argument.
 *
 * @module
 */
import type { Timers } from "../../base/timers.ts";

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
