/**
 * The questions that a home asks its relay in addition to its subscriptions: whether a paid write can be read back, which providers there
 * are, and on plain relays a free write. Documents are verified here, so callers get facts and no foreign bytes.
 *
 * Holds one relay session. Every question has limits for events, bytes and time. At most 8 questions are open, and the others wait, because
 * relays close questions above their own limit. Equal questions for announcements that are asked at the same time share one answer.
 * Read-backs that are asked at the same time share a question (read_backs.ts).
 *
 * @see https://github.com/nostr-protocol/nips/blob/master/89.md
 * @module
 */
import { ANNOUNCEMENT_KIND, ILP_PEER_INFO_KIND } from "../protocols/nostr/kinds.ts";
import { type NostrEvent, parseEvent, type VerifiedEvent } from "../protocols/nostr/event.ts";
import type { Filter } from "../protocols/nostr/filter.ts";
import type { ReasonPrefix } from "../protocols/nostr/reason.ts";
import { createVerifier, type EventVerifier } from "../protocols/nostr/verifier.ts";
import { decodeDocument } from "../protocols/toon/decode.ts";
import { questionsAtOnce } from "../peers/relay/questions_at_once.ts";
import type { RelayDocument, RelaySession } from "../peers/relay/relay_session.ts";
import { type Announcement, ANNOUNCEMENT_D, announcementsOf } from "./announcement.ts";
import { readBacks } from "./read_backs.ts";
import { readTraffic } from "./traffic.ts";
import { type ReadBack, type RelayReader, RelayReaderError } from "./relay_questions.ts";

export { type RelayReader } from "./relay_questions.ts";

/** Prefixes (NIP-01) that mean that the relay may accept the same event later. */
const NOT_NOW: readonly ReasonPrefix[] = ["rate-limited", "error"];
const READ_BACK_PAUSES_MS = [0, 50, 150, 500, 1_500, 3_000];
const QUERY_MS = 5_000;
const MAX_BYTES = 4 * 1024 * 1024;
const AT_ONCE = 8;
/** Relays may return fewer events than asked for, but only few relays return fewer than this. */
const SMALL_PAGE = 10;
/** How long announcements may still arrive after an EOSE, in milliseconds. */
const EMPTY_MS = 250;
/** Announcements are read page by page, so that nobody can hide other providers by publishing many announcements. */
const PAGE = 200;
const MAX_PAGES = 10;
const PUBLISH_MS = 10_000;

/** The events of an answer whose signatures are valid. `encodings` is in the order of `events`. */
interface Answer {
  readonly events: NostrEvent[];
  readonly encodings: RelayDocument["encoding"][];
  readonly more: boolean;
}

/** Makes a reader over a session. It does not close the session. */
export function relayReader(
  session: Pick<RelaySession, "query" | "publish" | "url">,
  deps: { readonly sleep: (ms: number) => Promise<void> },
): RelayReader {
  let verifier: Promise<EventVerifier> | undefined;
  const gate = questionsAtOnce(AT_ONCE);
  const underWay = new Map<string, Promise<Announcement[]>>();
  /** `more` in the answer: the relay may have more events than it returned. */
  const ask = async (
    filters: readonly Filter[],
    maxEvents: number,
    emptyMs?: number,
  ): Promise<Answer> => {
    const { documents, ended, reason } = await gate(() =>
      session.query(filters, { timeoutMs: QUERY_MS, maxEvents, maxBytes: MAX_BYTES, emptyMs })
    );
    if (documents.length === 0 && ended !== "eose") {
      throw ended === "closed"
        ? new RelayReaderError(
          "denied",
          `relay ${session.url} does not let this home read: ${reason ?? "it gave no reason"}`,
        )
        : new RelayReaderError("offline", `relay ${session.url} does not answer (${ended})`);
    }
    const checker = await (verifier ??= createVerifier());
    const events: NostrEvent[] = [];
    const encodings: RelayDocument["encoding"][] = [];
    for (const { bytes, encoding } of documents) {
      const event = read(bytes);
      if (event === null || checker.verify(event) !== "ok") continue;
      events.push(event);
      encodings.push(encoding);
    }
    // After a timeout there is no next page, because the relay is slow.
    const more = ended === "eose" ? documents.length >= SMALL_PAGE : ended.startsWith("max_");
    return { events, encodings, more };
  };

  const written = readBacks(async (ids) =>
    (await ask([{ ids, limit: ids.length }], ids.length * 4)).events
  );

  const announcements = async (
    kinds: readonly number[],
    provider: string | null,
  ): Promise<Announcement[]> => {
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
        const place = `${event.pubkey}:${event.tags.find(([name]) => name === "d")?.[1] ?? ""}`;
        const held = newest.get(place);
        if (held === undefined || replaces(event, held)) newest.set(place, event);
      }
      const beyond = events.some(({ created_at }) => created_at > (until ?? Infinity));
      if (events.length === 0 || beyond || !more) break;
      // If the whole page lies within one second, the next page starts one second earlier.
      until = oldest === until ? oldest - 1 : oldest;
    }
    return announcementsOf(newest.values(), kinds);
  };

  return {
    async publish(document) {
      const event = parseEvent(decodeDocument(document).event);
      const { outcome, prefix, message } = await session.publish(event, { timeoutMs: PUBLISH_MS });
      if (outcome === "refused") {
        throw new RelayReaderError(
          NOT_NOW.includes(prefix) ? "not_now" : "refused",
          `relay ${session.url} refused the event: ${message || "it gave no reason"}`,
        );
      }
    },
    async reach() {
      await ask([{ kinds: [ANNOUNCEMENT_KIND], limit: 1 }], 1);
    },
    async readBack(eventId) {
      let said: ReadBack = "unreadable";
      for (const pauseMs of READ_BACK_PAUSES_MS) {
        if (pauseMs > 0) await deps.sleep(pauseMs);
        const there = await written.isThere(eventId);
        if (there === true) return "shown";
        if (there === false) said = "hidden";
      }
      return said;
    },
    async peerInfo(pubkey) {
      const filter = { kinds: [ILP_PEER_INFO_KIND], authors: [pubkey], limit: 4 };
      const { events } = await ask([filter], 16);
      // A relay may return events that were not asked for, or older ones first.
      const [newest] = events
        .filter((event) => event.kind === ILP_PEER_INFO_KIND && event.pubkey === pubkey)
        .sort((a, b) => replaces(a, b) ? -1 : 1);
      return newest === undefined ? null : newest as VerifiedEvent;
    },
    traffic(kinds, sinceS) {
      return readTraffic((filter) => ask([filter], filter.limit! * 2), kinds, sinceS);
    },
    announcements(kinds, provider = null) {
      const key = JSON.stringify([kinds, provider]);
      const same = underWay.get(key);
      if (same !== undefined) return same;
      const answer = announcements(kinds, provider).finally(() => underWay.delete(key));
      underWay.set(key, answer);
      return answer;
    },
  };
}

/** NIP-01: the later event replaces the earlier one. Within one second the lower id wins. */
function replaces(event: NostrEvent, other: NostrEvent): boolean {
  return event.created_at > other.created_at ||
    event.created_at === other.created_at && event.id < other.id;
}

function read(bytes: Uint8Array): NostrEvent | null {
  try {
    return parseEvent(decodeDocument(bytes).event);
  } catch {
    return null;
  }
}
