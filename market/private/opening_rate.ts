/**
 * Limits how many gift wraps are opened in a second. Anybody can write wraps for a key, and each wrap has another author, so a limit for
 * each author has no effect. Opening uses the worker that also signs payments.
 *
 * Nothing is dropped: a wrap may contain the result of a paid job. The pipeline waits, and the documents after it wait at their relays.
 *
 * @module
 */
import { RateLimit } from "../../base/rate_limit.ts";
import type { Timers } from "../../base/timers.ts";

/** 500 wraps at once, then 300 a second. */
export const OPENINGS = { burst: 500, perSecond: 300 } as const;

/** Makes a function that resolves when the caller may open a wrap, in the order of the calls. */
export function atRate(
  { burst, perSecond }: { readonly burst: number; readonly perSecond: number },
  timers: Pick<Timers, "after" | "now">,
): () => Promise<void> {
  const limit = new RateLimit(burst, perSecond);
  let last = Promise.resolve();
  const turn = async () => {
    for (;;) {
      const nowMs = timers.now();
      if (limit.take(nowMs)) return;
      const waitMs = limit.waitMs(nowMs);
      await new Promise<void>((resolve) => timers.after(waitMs, () => resolve()));
    }
  };
  return () => last = last.then(turn);
}
