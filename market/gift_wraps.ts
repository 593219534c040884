/**
 * Reads the gift wraps for a key from a relay, newest first by the times that they state, which are up to two days too early.
 *
 * Held: at most 2,000 wraps. More wraps than that hide the older ones.
 *
 * @module
 */
import type { NostrEvent } from "../protocols/nostr/event.ts";
import { GIFT_WRAP_KIND } from "../protocols/nostr/kinds.ts";
import type { Ask } from "./asked_relay.ts";
import type { FoundWraps } from "./relay_questions.ts";

const PAGE = 500;
const MAX_PAGES = 4;

/** Asks one relay, page by page. Throws what the first question throws. */
export async function giftWraps(ask: Ask, reader: string, sinceS: number): Promise<FoundWraps> {
  const found = new Map<string, NostrEvent>();
  const all = (partial: boolean): FoundWraps => ({ wraps: [...found.values()], partial });
  let until: number | undefined;
  for (let page = 0; page < MAX_PAGES; page++) {
    const filter = { kinds: [GIFT_WRAP_KIND], "#p": [reader], since: sinceS, limit: PAGE };
    const asked = ask([{ ...filter, ...until !== undefined && { until } }], PAGE * 2);
    const answer = page === 0 ? await asked : await asked.catch(() => null);
    if (answer === null) return all(true);
    let oldest = until ?? Infinity;
    let fresh = 0;
    for (const event of answer.events) {
      // A relay may return events that were not asked for.
      const isAsked = event.kind === GIFT_WRAP_KIND && event.created_at >= sinceS &&
        event.tags.some(([name, key]) => name === "p" && key === reader);
      if (!isAsked) continue;
      oldest = Math.min(oldest, event.created_at);
      if (found.has(event.id)) continue;
      found.set(event.id, event);
      fresh++;
    }
    if (!answer.more || fresh === 0) return all(false);
    until = oldest === until ? oldest - 1 : oldest;
  }
  return all(true);
}
