/**
 * The questions that a home asks its relay in addition to its subscriptions: whether a paid write can be read back, which providers there
 * are, and on plain relays a free write. Documents are verified here, so callers get facts and no foreign bytes.
 *
 * Further relays are asked for announcements and lists only. Read-backs go to the home's own relay alone, because the home pays only that relay for
 * its writes.
 *
 * Holds one session for each relay. Equal questions for announcements that are asked at the same time share one answer. Read-backs that
 * are asked at the same time share a question (read_backs.ts).
 *
 * @see https://github.com/nostr-protocol/nips/blob/master/89.md
 * @module
 */
import {
  ANNOUNCEMENT_KIND,
  ILP_PEER_INFO_KIND,
  MESSAGE_RELAYS_KIND,
  RELAY_LIST_KIND,
} from "../protocols/nostr/kinds.ts";
import { type NostrEvent, parseEvent, type VerifiedEvent } from "../protocols/nostr/event.ts";
import type { Filter } from "../protocols/nostr/filter.ts";
import type { ReasonPrefix } from "../protocols/nostr/reason.ts";
import { parseMessageRelays } from "../protocols/nostr/message_relays.ts";
import { parseRelayList, relayUrls } from "../protocols/nostr/relay_list.ts";
import { createVerifier, type EventVerifier } from "../protocols/nostr/verifier.ts";
import { decodeDocument } from "../protocols/toon/decode.ts";
import type { RelaySession } from "../peers/relay/relay_session.ts";
import { type Announcement, announcementsOf } from "./announcement.ts";
import { announcementPages, newestOf, replaces } from "./announcement_pages.ts";
import { type Ask, asking } from "./asked_relay.ts";
import { giftWraps } from "./gift_wraps.ts";
import { longSchemas } from "./long_schemas.ts";
import { MOST_COPIES } from "./relay_copies.ts";
import { askTogether, type RelayAnswer } from "./relays_together.ts";
import { isSameRelay, usableRelays, usableUrls } from "./usable_relays.ts";
import { readBacks } from "./read_backs.ts";
import { followedBy } from "./follow_graph.ts";
import { reviewsNear } from "./reviews.ts";
import { readTraffic } from "./traffic.ts";
import { type ReadBack, type RelayReader, RelayReaderError } from "./relay_questions.ts";

export { type RelayReader } from "./relay_questions.ts";

/** Prefixes (NIP-01) that mean that the relay may accept the same event later. */
const NOT_NOW: readonly ReasonPrefix[] = ["rate-limited", "error"];
const READ_BACK_PAUSES_MS = [0, 50, 150, 500, 1_500, 3_000];
const PUBLISH_MS = 10_000;
const MOST_REMEMBERED = 1_000;

/** A question to which only the answer counts. */
const REACHED: Filter = { kinds: [ANNOUNCEMENT_KIND], limit: 1 };

/** A further relay's session. */
type FurtherSession = Pick<RelaySession, "query" | "url" | "status">;

/** Makes a reader over a session with the home's own relay and sessions with further ones. It does not close the sessions. */
export function relayReader(
  session: Pick<RelaySession, "query" | "publish" | "url"> & Partial<FurtherSession>,
  deps: { readonly sleep: (ms: number) => Promise<void> },
  further: readonly FurtherSession[] = [],
): RelayReader {
  let made: Promise<EventVerifier> | undefined;
  const verifier = () => made ??= createVerifier();
  // Loaded while the session connects. If that fails, the first question says so.
  verifier().catch(() => undefined);
  const underWay = new Map<string, Promise<Announcement[]>>();
  const ask = asking(session, verifier);
  const relays = [session, ...further].map((each, at) => ({
    relayUrl: each.url,
    down: () => downSince(each),
    ask: at === 0 ? ask : asking(each, verifier),
  }));
  let answers: readonly RelayAnswer[] = [];

  const written = readBacks(async (ids) =>
    (await ask([{ ids, limit: ids.length }], ids.length * 4)).events
  );

  const offers = async (kinds: readonly number[], provider: string | null) => {
    const asked = relays.map((relay) => ({
      ...relay,
      ask: () => announcementPages(relay.ask, kinds, provider),
    }));
    const all = await askTogether(asked, deps.sleep);
    return { answers: all.answers, found: announcementsOf(newestOf(all.told), kinds) };
  };
  /** The relays of providers that were read last, for the moment in which the relay with their offer is late. */
  const offered = new Map<string, readonly string[]>();
  const remember = (pubkey: string, urls: readonly string[]) => {
    offered.delete(pubkey);
    offered.set(pubkey, urls);
    const [oldest] = offered.keys();
    if (offered.size > MOST_REMEMBERED) offered.delete(oldest);
  };
  const announcements = async (
    kinds: readonly number[],
    provider: string | null,
    known: readonly string[],
  ): Promise<Announcement[]> => {
    const told = await offers(kinds, provider);
    answers = told.answers;
    for (const { pubkey, offer } of told.found) {
      if (offer !== undefined && offer.relays.length > 0) remember(pubkey, offer.relays);
    }
    // A list of all providers shows no schemas, so these are not fetched for it.
    if (kinds.length === 0 && provider === null) return told.found;
    return await withSchemas(told.found, kinds, known);
  };

  /** The newest event of that kind and key over all relays. A relay may return events that were not asked for, or older ones first. */
  const newestOfKind = async (kind: number, pubkey: string): Promise<NostrEvent | null> => {
    const filter = { kinds: [kind], authors: [pubkey], limit: 4 };
    const asked = relays.map((relay) => ({ ...relay, ask: () => relay.ask([filter], 16) }));
    const { told } = await askTogether(asked, deps.sleep);
    const [newest] = told.flatMap(({ events }) => events)
      .filter((event) => event.kind === kind && event.pubkey === pubkey)
      .sort((a, b) => replaces(a, b) ? -1 : 1);
    return newest ?? null;
  };

  /** The events of all relays. */
  const askEach = async (filters: readonly Filter[], most: number): Promise<NostrEvent[]> => {
    const asked = relays.map((relay) => ({ ...relay, ask: () => relay.ask(filters, most) }));
    return (await askTogether(asked, deps.sleep)).told.flatMap(({ events }) => events);
  };
  const askAll = (filter: Filter, most: number) => askEach([filter], most);

  const withSchemas = longSchemas(askEach);

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
      await ask([REACHED], 1);
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
    async answered(eventId, author) {
      const [own, ...others] = await Promise.allSettled(
        relays.map(async ({ ask, down }, at) => {
          const reason = at === 0 ? null : down();
          if (reason !== null) throw new RelayReaderError("offline", reason);
          return await answersAt(ask, eventId, author);
        }),
      );
      const found = [own, ...others].some((told) => told.status === "fulfilled" && told.value);
      if (!found && own.status === "rejected") throw own.reason;
      return {
        found,
        away: others.flatMap((told, at) => told.status === "fulfilled" ? [] : further[at].url),
      };
    },
    async peerInfo(pubkey) {
      return await newestOfKind(ILP_PEER_INFO_KIND, pubkey) as VerifiedEvent | null;
    },
    async relayList(pubkey) {
      const list = await newestOfKind(RELAY_LIST_KIND, pubkey);
      return list === null ? null : usableRelays(parseRelayList(list)!, session.url);
    },
    async messageRelays(pubkey) {
      const [messages, relays] = await Promise.all([
        newestOfKind(MESSAGE_RELAYS_KIND, pubkey),
        newestOfKind(RELAY_LIST_KIND, pubkey),
      ]);
      const list = messages ?? relays;
      if (list === null) return null;
      const named = parseMessageRelays(list) ?? parseRelayList(list)!.read;
      const others = named.filter((url) => !isSameRelay(url, session.url));
      return {
        kind: list.kind,
        named,
        own: others.length < named.length,
        others: usableUrls(others, session.url).slice(0, MOST_COPIES),
      };
    },
    async inbox(pubkey, named, ofOurs = false) {
      if (ofOurs && further.length === 0) return [];
      const reads = relayUrls(named);
      if (reads.length === 0) {
        const [list, { found }] = await Promise.all([
          newestOfKind(RELAY_LIST_KIND, pubkey),
          offers([], pubkey),
        ]);
        const read = list === null ? [] : parseRelayList(list)!.read;
        const told = found.flatMap(({ offer }) => offer?.relays ?? []);
        const fromOffer = told.length > 0 ? told : offered.get(pubkey) ?? [];
        reads.push(...read.length > 0 ? read : relayUrls(fromOffer));
      }
      if (reads.some((url) => isSameRelay(url, session.url))) return [];
      const allowed = ofOurs
        ? reads.filter((url) => further.some((each) => isSameRelay(url, each.url)))
        : reads;
      return usableUrls(allowed, session.url).slice(0, MOST_COPIES);
    },
    async wraps(reader, sinceS) {
      const asked = relays.map((relay) => ({
        ...relay,
        ask: () => giftWraps(relay.ask, reader, sinceS),
      }));
      const { told } = await askTogether(asked, deps.sleep);
      const each = new Map(told.flatMap(({ wraps }) => wraps).map((wrap) => [wrap.id, wrap]));
      return { wraps: [...each.values()], partial: told.some(({ partial }) => partial) };
    },
    reviews: (root, provider, nowMs, money) =>
      reviewsNear(askAll, verifier, root, provider, nowMs, money),
    async followedPeers(root) {
      const authors = await followedBy(askAll, root);
      if (authors.length === 0) return [];
      const filter = { kinds: [ILP_PEER_INFO_KIND], authors, limit: authors.length * 2 };
      const events = (await askAll(filter, authors.length * 4)).filter((event) =>
        event.kind === ILP_PEER_INFO_KIND && authors.includes(event.pubkey)
      );
      return [...newestOf([events])] as VerifiedEvent[];
    },
    answers: () => Promise.resolve(answers),
    traffic(kinds, sinceS) {
      return readTraffic((filter) => ask([filter], filter.limit! * 2), kinds, sinceS);
    },
    announcements(kinds, provider = null, known = []) {
      const key = JSON.stringify([kinds, provider, known]);
      const same = underWay.get(key);
      if (same !== undefined) return same;
      const answer = announcements(kinds, provider, known).finally(() => underWay.delete(key));
      underWay.set(key, answer);
      return answer;
    },
  };
}

/** Whether a relay has an event of that author that names the request. Without an id, the relay only has to answer. */
async function answersAt(ask: Ask, eventId: string | null, author: string): Promise<boolean> {
  if (eventId === null) {
    await ask([REACHED], 1);
    return false;
  }
  const { events } = await ask([{ "#e": [eventId], authors: [author], limit: 4 }], 16);
  return events.some(({ pubkey, tags }) =>
    pubkey === author && tags.some(([name, id]) => name === "e" && id === eventId)
  );
}

/** Why a relay cannot be reached. Null while it may answer, and also during its first attempt to connect. */
function downSince(session: Partial<FurtherSession>): string | null {
  const status = session.status?.();
  if (status === undefined) return null;
  const { state, attempt, reason } = status;
  if (state === "connected" || state === "connecting" && attempt === 0) return null;
  return reason ?? "it cannot be reached";
}
