/**
 * Reads the announcements of one relay page by page, so that nobody can hide other providers by publishing many announcements.
 *
 * Held: the newest event of each place (key and `d` tag), at most 2,000 for each relay that is asked.
 *
 * @see https://github.com/nostr-protocol/nips/blob/master/89.md
 * @module
 */
import type { NostrEvent } from "../protocols/nostr/event.ts";
import type { Filter } from "../protocols/nostr/filter.ts";
import { ANNOUNCEMENT_KIND } from "../protocols/nostr/kinds.ts";
import { ANNOUNCEMENT_D } from "./announcement.ts";
import type { Ask } from "./asked_relay.ts";

/** How long to wait for announcements after an EOSE that came before any of them, in milliseconds. */
const EMPTY_MS = 250;
const PAGE = 200;
const MAX_PAGES = 10;

/** The newest announcements that serve one of the kinds, or any kind, by one provider or by all. Throws the error of the first question. */
export async function announcementPages(
  ask: Ask,
  kinds: readonly number[],
  provider: string | null,
): Promise<Iterable<NostrEvent>> {
  const wanted: Filter = {
    kinds: [ANNOUNCEMENT_KIND],
    // Other programs announce other things under this kind. Their announcements are found by the kinds that they serve.
    ...(kinds.length === 0 ? { "#d": [ANNOUNCEMENT_D] } : { "#k": kinds.map(String) }),
    ...(provider === null ? {} : { authors: [provider] }),
    limit: PAGE,
  };
  const newest = new Map<string, NostrEvent>();
  let until: number | undefined;
  for (let page = 0; page < MAX_PAGES; page++) {
    const filter = until === undefined ? wanted : { ...wanted, until };
    const asked = ask([filter], PAGE * 2, page === 0 ? EMPTY_MS : undefined);
    const answer = page === 0 ? await asked : await asked.catch(() => null);
    if (answer === null) break;
    const { events, more } = answer;
    let oldest = until ?? Infinity;
    for (const event of events) {
      oldest = Math.min(oldest, event.created_at);
      // A relay may return events that were not asked for. Such an event of the same author must not replace an announcement.
      const asAsked = event.kind === ANNOUNCEMENT_KIND &&
        (provider === null || event.pubkey === provider);
      if (asAsked) keepNewest(newest, event);
    }
    const beyond = events.some(({ created_at }) => created_at > (until ?? Infinity));
    if (events.length === 0 || beyond || !more) break;
    // If the whole page lies within one second, the next page starts one second earlier.
    until = oldest === until ? oldest - 1 : oldest;
  }
  return newest.values();
}

/** Merges the announcements of several relays: the newest one of each place. */
export function newestOf(pages: readonly Iterable<NostrEvent>[]): Iterable<NostrEvent> {
  const newest = new Map<string, NostrEvent>();
  for (const page of pages) for (const event of page) keepNewest(newest, event);
  return newest.values();
}

function keepNewest(newest: Map<string, NostrEvent>, event: NostrEvent): void {
  const place = `${event.pubkey}:${event.tags.find(([name]) => name === "d")?.[1] ?? ""}`;
  const held = newest.get(place);
  if (held === undefined || replaces(event, held)) newest.set(place, event);
}

type Dated = Pick<NostrEvent, "id" | "created_at">;

/** NIP-01: the later event replaces the earlier one. Within one second the lower id wins. */
export function replaces(event: Dated, other: Dated): boolean {
  return event.created_at > other.created_at ||
    event.created_at === other.created_at && event.id < other.id;
}
