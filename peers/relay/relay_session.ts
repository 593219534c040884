/**
 * A client's session with one relay: NIP-01 over WebSocket, automatic reconnects, subscriptions that resume, publishing with a typed
 * answer, queries with bounds, NIP-11 as advice, and NIP-42.
 *
 * Holds only the queues of its subscriptions (relay_subscription.ts) and the events that wait for OK (relay_publisher.ts).
 *
 * @see https://github.com/nostr-protocol/nips/blob/master/01.md
 * @module
 */
import type { NostrEvent } from "../../protocols/nostr/event.ts";
import type { Filter } from "../../protocols/nostr/filter.ts";
import type { Signer } from "../../money/signer/signer.ts";
import type { BackoffRule } from "../../base/backoff.ts";
import type { RelayInformation } from "./relay_information.ts";
import type { RelayLimits } from "./relay_limits.ts";
import type { Log } from "../../base/log/log.ts";
import type { PublishOutcome } from "./relay_publisher.ts";
import type { QueryLimits, QueryResult } from "./relay_query.ts";
import type { SocketFactory } from "./relay_socket.ts";
import type { RelaySubscription, SubscribeOptions } from "./relay_subscription.ts";
import type { Timers } from "../../base/timers.ts";

export type { QueryLimits, QueryResult };
export type { RelaySubscription };
export type { RelayDelivery, RelayDocument } from "./relay_subscription.ts";

/** The options of a session. All except the address have defaults. */
export interface RelaySessionOptions {
  /** `wss://`, or `ws://` on this machine. */
  readonly url: string;
  /** Authenticates us if the relay asks for it (NIP-42). Without a signer, requests to such a relay fail. */
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
}

/** The status of a session's connection to its relay. */
export interface RelayStatus {
  readonly url: string;
  readonly state: "connecting" | "connected" | "offline" | "closed";
  /** When this state began, in milliseconds since the epoch. */
  readonly sinceMs: number;
  /** Attempts since the relay last answered a request. */
  readonly attempt: number;
  /** Why the relay is offline; null if there is no reason to show. */
  readonly reason: string | null;
  /** When the next attempt starts, in milliseconds since the epoch. */
  readonly retryAtMs: number | null;
  /** How far the relay's clock is ahead of ours. Null if the relay sent no time. */
  readonly clockOffsetMs: number | null;
}

/** A session with one relay. */
export interface RelaySession {
  /** The relay's checked address. */
  readonly url: string;
  /** The current status. */
  status(): RelayStatus;
  /** Calls `listener` at every change, until the returned function is called. */
  onStatus(listener: (status: RelayStatus) => void): () => void;
  /** Requests events, now and after every reconnect, until the subscription is closed. */
  subscribe(
    filters: readonly Filter[],
    options?: SubscribeOptions,
  ): RelaySubscription;
  /** Publishes an event; see {@link PublishOutcome} and RelayPublisher for its errors. */
  publish(
    event: NostrEvent,
    options?: { readonly timeoutMs?: number; readonly signal?: AbortSignal },
  ): Promise<PublishOutcome>;
  /** Reads stored events, within bounds. Never throws, never hangs. */
  query(filters: readonly Filter[], limits: QueryLimits): Promise<QueryResult>;
  /**
   * The relay's NIP-11 document; null if there is none. The session requests it once and keeps it. It is only advice: from then on, a lower
   * cap makes paging begin earlier, and with `auth_required` we authenticate at the challenge. Our own limits never become wider.
   */
  information(): Promise<RelayInformation | null>;
  /** Ends all subscriptions and publications, and closes the connection. */
  close(): void;
  /** The same as {@link RelaySession.close}. */
  [Symbol.dispose](): void;
}
