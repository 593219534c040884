/**
 * Looks up events by their ids. Ids that are asked for while a question is running go together into the next question.
 *
 * Held: one promise for each id that is looked for.
 *
 * @module
 */
import type { NostrEvent } from "../protocols/nostr/event.ts";

/** The most ids in one question. Ten events fit into its limit of bytes, and even small relays return ten events at once. */
const IDS = 10;

/** Checks whether events are stored. */
interface ReadBacks {
  /** True or false. Null if the relay does not answer. */
  isThere(eventId: string): Promise<boolean | null>;
}

/** Makes the check from a question for at most ten ids. The question returns verified events, and rejects if there is no answer. */
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
        // A relay may return fewer events than it has, or refuse the question because of another id. So this id is asked for alone.
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
