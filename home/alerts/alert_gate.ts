/**
 * Lets a repeated alert through only once in a period, also across restarts, because the store keeps the time of the last one.
 *
 * Held: a count and a time for each of at most 1,000 alerts. If there are more, the oldest is dropped here and read from the store again.
 *
 * @module
 */
import type { Store } from "../../store/store.ts";
import type { Alert } from "./alert.ts";

const MAX_KNOWN = 1_000;

/** The part of the store that it uses. */
type Cursors = Pick<Store, "cursor" | "commit">;

/** Returns the alert with the number of repetitions that were held back; null if the last one was sent too recently. */
export type AlertGate = (alert: Alert, nowMs: number) => Promise<{ readonly more: number } | null>;

/** Lets each alert through at most every `repeatMs`. If the clock was set back, the alert is let through. */
export function alertGate(store: Cursors, repeatMs: number): AlertGate {
  const known = new Map<string, { toldAtMs: number; held: number }>();
  return async ({ kind, subject }, nowMs) => {
    const name = `alert:${kind}:${subject}`;
    const seen = known.get(name) ??
      { toldAtMs: Number(await store.cursor(name) ?? -Infinity), held: 0 };
    known.delete(name);
    known.set(name, seen);
    if (known.size > MAX_KNOWN) known.delete(known.keys().next().value!);
    if (nowMs >= seen.toldAtMs && nowMs - seen.toldAtMs < repeatMs) {
      seen.held++;
      return null;
    }
    const more = seen.held;
    seen.toldAtMs = nowMs;
    seen.held = 0;
    await store.commit([{ op: "setCursor", name, value: String(nowMs) }]);
    return { more };
  };
}
