/**
 * Waits for a due callback: until a commit adds one, or until a postponed one becomes due.
 *
 * @module
 */
import type { CallbackRow } from "./callback_row.ts";
import { CALLBACK_TOPIC } from "./callbacks.ts";
import type { Queries } from "./queries.ts";
import type { Waiters } from "./waiters.ts";

const LATEST_MS = Number.MAX_SAFE_INTEGER;

/**
 * Returns callbacks that are due by `dueByMs`, or that become due while it waits; an empty list after `waitMs`. `open` throws after the
 * store is closed.
 */
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
    // If a commit changes the next due time, the waiting time is computed again.
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
