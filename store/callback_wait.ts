/**
 * Waits for a callback that is due: until a commit brings one, and until the time of one that was put off.
 *
 * @module
 */
import type { CallbackRow } from "./callback_row.ts";
import { CALLBACK_TOPIC } from "./callbacks.ts";
import type { Queries } from "./queries.ts";
import type { Waiters } from "./waiters.ts";

const LATEST_MS = Number.MAX_SAFE_INTEGER;

/** Gives those that are due by `dueByMs`, or become so while it waits; none after `waitMs`. `open` throws once the store is closed. */
export async function waitForCallbacks(
  { callbacksDue, callbackDueAt }: Pick<Queries, "callbacksDue" | "callbackDueAt">,
  waiters: Waiters,
  open: () => void,
  asked: {
    readonly except: readonly number[];
    readonly dueByMs: number;
    readonly limit: number;
    readonly waitMs: number;
  },
): Promise<CallbackRow[]> {
  const { except, dueByMs, limit, waitMs } = asked;
  const startMs = performance.now();
  const passedMs = () => Math.floor(performance.now() - startMs);
  const due = () => callbacksDue(except, Math.min(dueByMs + passedMs(), LATEST_MS), limit);
  for (;;) {
    open();
    const leftMs = Math.max(0, waitMs - passedMs());
    const nextMs = callbackDueAt(except);
    const untilMs = nextMs === null ? leftMs : nextMs - dueByMs - passedMs();
    // A commit that changes when the next one is due changes how long to wait.
    const ask = () => due() ?? (callbackDueAt(except) === nextMs ? null : []);
    const found = await waiters.until(
      CALLBACK_TOPIC,
      Math.max(0, Math.min(leftMs, untilMs)),
      ask,
    );
    if (found !== null && found.length > 0) return found;
    if (passedMs() >= waitMs) return [];
  }
}
