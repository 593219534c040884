/**
 * What a session does for its subscriptions.
 *
 * @module
 */
import type { Filter } from "../../protocols/nostr/filter.ts";
import type { RefusalDeps } from "./refusals.ts";
import type { RelayLimits } from "./relay_limits.ts";

/** What the session does for its subscriptions. */
export interface SubscriptionHost extends RefusalDeps {
  readonly limits: RelayLimits;
  readonly clock: () => number;
  nextId(): string;
  /** Sends REQ; false where there is no connection. */
  request(id: string, filters: readonly Filter[]): boolean;
  unsubscribe(id: string): void;
  /** Pauses the socket until each holder has released it. */
  hold(holder: object): void;
  release(holder: object): void;
  /** How many stored events the relay says that it gives at once, where it says so. */
  advisedCap(): number | undefined;
  /** Whether something else awaits an answer on this socket. */
  contended(): boolean;
  /** The relay answered. */
  worked(): void;
  /** Gives the connection up. */
  abandon(reason: string, longest?: boolean): void;
  /** It ended. */
  forget(): void;
}
