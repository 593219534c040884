/**
 * The questions that a home asks its relay, and their errors. This file has only types and an error class, so importing it loads no
 * decoder.
 *
 * @module
 */
import { crossesPorts } from "../base/ports/error_classes.ts";
import type { NostrEvent, VerifiedEvent } from "../protocols/nostr/event.ts";
import type { RelayList } from "../protocols/nostr/relay_list.ts";
import type { Announcement } from "./announcement.ts";
import type { RelayAnswer } from "./relays_together.ts";
import type { FoundReview, ReviewMoney } from "./found_review.ts";
import type { Traffic } from "./traffic.ts";

/** Whether a relay has an event: `shown` if it has, `hidden` if it answers and has not, `unreadable` if it does not answer. */
export type ReadBack = "shown" | "hidden" | "unreadable";

/** What the relays of a home have of a provider's answers to one request. Survives a structured clone. */
interface Answered {
  /** True if a relay has one. */
  readonly found: boolean;
  /** The further relays that do not answer. */
  readonly away: readonly string[];
}

/** The gift wraps of one or several relays. */
export interface FoundWraps {
  readonly wraps: readonly NostrEvent[];
  /** True if there are more than were read. */
  readonly partial: boolean;
}

/** Where a key reads private messages, by its newest list over all relays. Survives a structured clone. */
export interface MessageRelays {
  /** The list: of relays for messages (10050, NIP-17), or if there is none, of relays that it reads (10002, NIP-65). */
  readonly kind: number;
  /** Everything that the list names. They are names to show, and not addresses to connect to. */
  readonly named: readonly string[];
  /** Whether it names the home's own relay. */
  readonly own: boolean;
  /** Those to which this home may connect for a stranger, without its own relay; few. */
  readonly others: readonly string[];
}

/** The relay as commands and prepareSink use it. Every value survives a structured clone. */
export interface RelayReader {
  /**
   * A free write over WebSocket. Throws {@link RelayReaderError} `refused` or `not_now` with the relay's words. Throws RelayError if the
   * relay gave no answer or requires another identity.
   */
  publish(document: Uint8Array): Promise<void>;
  /** Throws `offline` if the relay does not answer, `denied` if it does not let this key read. */
  reach(): Promise<void>;
  /** Whether the event can be read by its id. Asks several times, because a relay may index the event a moment later. */
  readBack(eventId: string): Promise<ReadBack>;
  /**
   * Whether a relay has an event of that author that names the request, and which further relays do not tell. Without an id, only whether
   * the relays answer. Throws `offline`, `denied` if the home's own relay does not tell and no other has such an event.
   */
  answered(eventId: string | null, author: string): Promise<Answered>;
  /**
   * The newest verified event of kind 10032 of that key over all relays. Null if they have none. If no relay answers, throws the error of
   * the home's own relay: `offline`, `denied`.
   */
  peerInfo(pubkey: string): Promise<VerifiedEvent | null>;
  /**
   * Announcements (kind 31990) that serve one of the kinds, or any kind, by one provider or by all. They are verified, and only the newest
   * of each provider over all relays is returned. At most the 2,000 newest of a relay are read; a named provider is found even if there
   * are more. Long schemas are asked for only if kinds or a provider are named: those of the `known` providers first, in this order, then
   * those of the cheapest. If no relay answers, throws the error of the home's own relay: `offline`, `denied`.
   */
  announcements(
    kinds: readonly number[],
    provider?: string | null,
    known?: readonly string[],
  ): Promise<Announcement[]>;
  /**
   * The newest list of relays of that key (NIP-65) over all relays. Addresses that this home must not connect to for a stranger are left
   * out. Null if there is no list. If no relay answers, throws the error of the home's own relay: `offline`, `denied`.
   */
  relayList(pubkey: string): Promise<RelayList | null>;
  /**
   * The relays at which that key reads private messages. Null if it published neither list. Throws as {@link RelayReader.relayList}.
   */
  messageRelays(pubkey: string): Promise<MessageRelays | null>;
  /**
   * The relays at which that key reads and to which this home may connect: those of `named`, or if none is named, those of its newest list
   * (NIP-65), or of its offer. At most three. Empty if the home's own relay is one of them, or if none is known. `ofOurs`: only
   * relays that this home reads. Throws as {@link RelayReader.relayList}.
   */
  inbox(pubkey: string, named: readonly string[], ofOurs?: boolean): Promise<string[]>;
  /** The gift wraps for that key since `sinceS`, over all relays, each once. Throws as {@link RelayReader.relayList}. */
  wraps(reader: string, sinceS: number): Promise<FoundWraps>;
  /**
   * What keys near this one, by their follows, say about one provider or about all (reviews.ts). If no relay answers, throws the error of
   * the home's own relay.
   */
  reviews(
    root: string,
    provider: string | null,
    nowMs: number,
    money: ReviewMoney,
  ): Promise<FoundReview[]>;
  /**
   * The newest verified event of kind 10032 of each key that this one follows (NIP-02). If no relay answers, throws the error of the home's
   * own relay.
   */
  followedPeers(root: string): Promise<VerifiedEvent[]>;
  /** How each relay reacted to the last question for announcements, the home's own relay first. Empty before the first question. */
  answers(): Promise<readonly RelayAnswer[]>;
  /** Requests, results and feedback of jobs of these request kinds since `sinceS`, for figures (traffic.ts). Throws `offline`, `denied`. */
  traffic(kinds: readonly number[], sinceS: number): Promise<Traffic>;
}

/** The relay did not answer a question as asked. */
export class RelayReaderError extends Error {
  /** The class, for errors that crossed a port. */
  override readonly name = "RelayReaderError";
  /**
   * `refused`: the relay did not accept the event. `not_now`: it may accept it later. `denied`: it closed the subscription. `offline`: it
   * does not answer.
   */
  readonly code: "refused" | "not_now" | "denied" | "offline";
  /** Makes a refusal with its code. */
  constructor(code: RelayReaderError["code"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

crossesPorts<RelayReaderError>(
  "RelayReaderError",
  ({ code, message }) => new RelayReaderError(code, message),
);
