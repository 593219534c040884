/**
 * The part of a session that its subscriptions use.
 *
 * @module
 */
import type { Filter } from "../../protocols/nostr/filter.ts";
import type { RefusalDeps } from "./refusals.ts";
import type { RelayLimits } from "./relay_limits.ts";

/** The part of a session that its subscriptions use. */
export interface SubscriptionHost extends RefusalDeps {
  readonly limits: RelayLimits;
  readonly clock: () => number;
  nextId(): string;
  /** Sends REQ. Returns false if there is no connection. */
  request(id: string, filters: readonly Filter[]): boolean;
  unsubscribe(id: string): void;
  /** Pauses the socket until every holder has released it. */
  hold(holder: object): void;
  release(holder: object): void;
  /** The most stored events that the relay sends for one request, if its NIP-11 document says so. */
  advisedCap(): number | undefined;
  /** Whether something else waits for an answer on this socket. */
  contended(): boolean;
  /** Call this when the relay has answered. */
  worked(): void;
  /** Closes the connection and connects again; see RelayConnection. */
  abandon(reason: string, longest?: boolean): void;
  /** Call this when the subscription has ended. */
  forget(): void;
}
