/**
 * What a subscription gives its reader: the documents in the order of arrival, and the end of the stored ones.
 *
 * @module
 */
import type { Filter } from "../../protocols/nostr/filter.ts";

/** A document: the exact bytes that the relay sent, as TOON text or JSON object. */
export interface RelayDocument {
  readonly type: "document";
  readonly bytes: Uint8Array;
  readonly encoding: "toon" | "json";
  /** The event's `created_at`, at most the time of its arrival by our clock. Null if it was not found. */
  readonly createdAtS: number | null;
  /** True until EOSE of this request. In this phase, newer events may arrive before older ones. */
  readonly stored: boolean;
}

/**
 * What a subscription delivers, in order. `eose`: all events that were stored at the request have been delivered. `assumed` is true if the
 * relay sent no EOSE, but no event for a while.
 */
export type RelayDelivery = RelayDocument | {
  readonly type: "eose";
  readonly assumed: boolean;
};

/** A subscription, as its reader uses it. */
export interface RelaySubscription {
  /** Nothing leaves the queue before the reader pulls it. Errors with RelayError if the relay's refusal is final. */
  readonly deliveries: ReadableStream<readonly RelayDelivery[]>;
  /** Everything up to this `created_at` (seconds) is settled. A later request starts there, minus the overlap. */
  settledTo(createdAtS: number): void;
  /** Uses these filters from now on, from the last settled event minus the overlap. Queued deliveries stay. */
  askFor(filters: readonly Filter[]): void;
  /** Ends the stream and sends CLOSE. */
  close(): void;
}

/** The options of a subscription. */
export interface SubscribeOptions {
  /** The `created_at` up to which an earlier process settled everything, in seconds. */
  readonly settledAtS?: number | null;
  /** How far before the last settled event a request starts, in seconds. Events can arrive later than they were created. */
  readonly overlapS?: number;
  /** Whether older events are fetched page by page if the relay seems to have cut the stored phase off. Default: true. */
  readonly backfill?: boolean;
  /** The reader takes everything at once, as a query does, so this subscription may pause the socket while others wait. Default: false. */
  readonly prompt?: boolean;
}
