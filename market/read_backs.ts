/**
 * Looks for events by their ids: those that are asked for while a question is under way go together in the next one.
 *
 * Held: one promise for each id that is looked for.
 *
 * @module
 */
import type { NostrEvent } from "../protocols/nostr/event.ts";

/** As many ids as a question may have whose events fit into its bytes, and whose number the smallest relays give at once. */
const IDS = 10;

/** Whether events are there. */
interface ReadBacks {
  /** Null where the relay does not answer. */
  isThere(eventId: string): Promise<boolean | null>;
}

/** Over a question for at most ten ids, which gives verified events and rejects where there is no answer. */
export function readBacks(
  ask: (eventIds: readonly string[]) => Promise<readonly NostrEvent[]>,
): ReadBacks {
  const waiting = new Map<string, PromiseWithResolvers<boolean | null>>();
  let asking = false;

  const found = async (ids: readonly string[]): Promise<ReadonlySet<string> | null> => {
    const events = await ask(ids).catch(() => null);
    return events === null ? null : new Set(events.map(({ id }) => id));
  };
  const run = async () => {
    asking = true;
    while (waiting.size > 0) {
      const batch = [...waiting].slice(0, IDS);
      for (const [id] of batch) waiting.delete(id);
      const there = await found(batch.map(([id]) => id));
      for (const [id, { resolve }] of batch) {
        if (there?.has(id)) resolve(true);
        else if (batch.length === 1) resolve(there === null ? null : false);
        // A relay that gives less than it has, or refuses the others, says nothing of this one.
        else void found([id]).then((alone) => resolve(alone?.has(id) ?? null));
      }
    }
    asking = false;
  };
  return {
    isThere(eventId) {
      const same = waiting.get(eventId);
      if (same !== undefined) return same.promise;
      const wanted = Promise.withResolvers<boolean | null>();
      waiting.set(eventId, wanted);
      if (!asking) void run();
      return wanted.promise;
    },
  };
}
