/**
 * What a reader of a relay gets: documents as they came, in order, and the end of the stored ones.
 *
 * @module
 */
import type { Filter } from "../../protocols/nostr/filter.ts";

/** A document as it came: the TOON text's or the JSON object's exact bytes. */
export interface RelayDocument {
  readonly type: "document";
  readonly bytes: Uint8Array;
  readonly encoding: "toon" | "json";
  /** Seconds, no later than our clock at its arrival; null where it could not be found. */
  readonly createdAtS: number | null;
  /** True until the relay said EOSE on this connection: then newer ones may have come before older ones. */
  readonly stored: boolean;
}

/** What a subscription delivers, in order. `eose`: everything stored since the request was delivered before; `assumed` when only silence says so. */
export type RelayDelivery = RelayDocument | {
  readonly type: "eose";
  readonly assumed: boolean;
};

/** A subscription as its reader has it. */
export interface RelaySubscription {
  /** Pulled: nothing is taken out of the queue before it is asked for. Errors with RelayError when the relay refuses for good. */
  readonly deliveries: ReadableStream<readonly RelayDelivery[]>;
  /** Everything up to this `created_at` (seconds) is settled; a later request begins there, less the overlap. */
  settledTo(createdAtS: number): void;
  /** Asks with these filters from now on, from the last settled event less the overlap; what is queued stays. */
  askFor(filters: readonly Filter[]): void;
  /** Ends the stream and says CLOSE. */
  close(): void;
}

/** What a caller may say about a subscription. */
export interface SubscribeOptions {
  /** Where an earlier run stood, seconds. */
  readonly settledAtS?: number | null;
  /** How far before the settled event a request begins, because events arrive later than they were created. */
  readonly overlapS?: number;
  /** Whether a stored phase that looks cut short is fetched further back page by page. Default true. */
  readonly backfill?: boolean;
  /** The reader takes everything at once (a query), so its queue never stands in the way of others. Default false. */
  readonly prompt?: boolean;
}
