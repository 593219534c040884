/**
 * How often the relay closed a daemon's subscriptions, and for which reasons, from the counters of its pipelines.
 *
 * @module
 */
import { CLOSED_COUNTER } from "../peers/relay/refusals.ts";

/** Text for people, e.g. `closed 3 subscriptions (2 auth-required, 1 rate-limited)`; null if none was closed. */
export function relayClosings(pipelines: unknown): string | null {
  const counts = new Map<string, number>();
  for (const stages of Object.values(pipelines ?? {})) {
    for (const counters of Object.values(stages ?? {})) {
      for (const [name, count] of Object.entries(counters ?? {})) {
        if (!name.startsWith(CLOSED_COUNTER) || typeof count !== "number") continue;
        const prefix = name.slice(CLOSED_COUNTER.length);
        counts.set(prefix, (counts.get(prefix) ?? 0) + count);
      }
    }
  }
  if (counts.size === 0) return null;
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const each = [...counts].map(([prefix, count]) =>
    `${count} ${prefix === "none" ? "without a known prefix" : prefix}`
  );
  return `closed ${total} ${total === 1 ? "subscription" : "subscriptions"} (${each.join(", ")})`;
}
