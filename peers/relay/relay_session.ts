/**
 * A client's session with one relay: NIP-01 over WebSocket, connected again by itself (FR3), subscriptions that resume, publishing with
 * a typed answer, queries with bounds, NIP-11 as advice and NIP-42.
 *
 * Holds the queues of its subscriptions (relay_subscription.ts) and the events being published (relay_publisher.ts), nothing else.
 *
 * @see https://github.com/nostr-protocol/nips/blob/master/01.md
 * @module
 */
import type { NostrEvent } from "../../protocols/nostr/event.ts";
import type { Filter } from "../../protocols/nostr/filter.ts";
import type { Signer } from "../../money/signer/signer.ts";
import type { BackoffRule } from "../../base/backoff.ts";
import type { RelayStatus } from "./relay_connection.ts";
import type { RelayInformation } from "./relay_information.ts";
import type { RelayLimits } from "./relay_limits.ts";
import type { Log } from "../../base/log/log.ts";
import type { PublishOutcome } from "./relay_publisher.ts";
import type { QueryLimits, QueryResult } from "./relay_query.ts";
import type { SocketFactory } from "./relay_socket.ts";
import type { RelaySubscription, SubscribeOptions } from "./relay_subscription.ts";
import type { Timers } from "../../base/timers.ts";

export type { QueryLimits, QueryResult, RelayStatus };
export type { RelaySubscription };
export type { RelayDelivery, RelayDocument } from "./relay_subscription.ts";

/** How a session is opened. All but the address has a default. */
export interface RelaySessionOptions {
  /** `wss://`, or `ws://` on this machine. */
  readonly url: string;
  /** Who proves our identity when the relay asks (NIP-42); without one such a relay is refused. */
  readonly signer?: Pick<Signer, "identity" | "signEvents"> | null;
  readonly limits?: Partial<RelayLimits>;
  readonly backoff?: BackoffRule;
  readonly clock?: () => number;
  /** From 0 to below 1, for the jitter. */
  readonly random?: () => number;
  readonly timers?: Timers;
  readonly log?: Log;
  readonly count?: (counter: string, by?: number) => void;
  readonly openSocket?: SocketFactory;
  readonly fetch?: typeof fetch;
}

/** A session with one relay. */
export interface RelaySession {
  /** The relay's checked address. */
  readonly url: string;
  /** How it stands now (FR4). */
  status(): RelayStatus;
  /** Calls `listener` at every change until the returned function is called. */
  onStatus(listener: (status: RelayStatus) => void): () => void;
  /** Asks for events, now and after every reconnect, until closed. */
  subscribe(
    filters: readonly Filter[],
    options?: SubscribeOptions,
  ): RelaySubscription;
  /** Publishes an event; see {@link PublishOutcome} and RelayPublisher for its errors. */
  publish(
    event: NostrEvent,
    options?: { readonly timeoutMs?: number; readonly signal?: AbortSignal },
  ): Promise<PublishOutcome>;
  /** Reads what is stored, within bounds. Never throws, never hangs. */
  query(filters: readonly Filter[], limits: QueryLimits): Promise<QueryResult>;
  /**
   * The relay's NIP-11 document, asked once a session and kept; null where it gives none. Advice: from then on its caps make paging begin
   * earlier and `auth_required` makes us prove at the challenge. No limit of ours gets wider.
   */
  information(): Promise<RelayInformation | null>;
  /** Ends everything that is open. */
  close(): void;
  /** As close. */
  [Symbol.dispose](): void;
}
