/**
 * Lets an alert through once in a while, also across restarts: when it was told last stands in the store.
 *
 * Held: a count and a time for each of at most 1,000 alerts; of more, the oldest is forgotten here and found in the store again.
 *
 * @module
 */
import type { Store } from "../../store/store.ts";
import type { Alert } from "./alert.ts";

const MAX_KNOWN = 1_000;

/** What of the store it uses. */
type Cursors = Pick<Store, "cursor" | "commit">;

/** Gives an alert with how many of the same were held back, or null where it was told too lately. */
export type AlertGate = (alert: Alert, nowMs: number) => Promise<{ readonly more: number } | null>;

/** Tells each at most every `repeatMs`. A clock that was set back opens it. */
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
