/**
 * The part of the relay that its connections use.
 *
 * @module
 */
import type { NostrEvent } from "../../protocols/nostr/event.ts";
import type { AccessRules } from "./access.ts";
import type { ReceivedEvent } from "./admission.ts";
import type { DeliveryFormat, EventForms, eventMessage } from "./event_forms.ts";
import type { EventStore } from "./event_store.ts";
import type { RelayServerLimits } from "./limits.ts";
import type { FigureBook } from "./relay_figures.ts";
import type { Indexed, SubscriptionIndex } from "./subscription_index.ts";
import type { Turns } from "./turns.ts";
import type { VerifyEvents } from "./verify_lane.ts";

/** A connection, as the relay uses it. */
export interface ConnectedReader {
  readonly format: DeliveryFormat;
  /** Sends a new event, if the client may read it. */
  deliver(event: NostrEvent, message: () => ReturnType<typeof eventMessage>): void;
  /** Sends a ping, or cuts the connection if nothing came since the last one. */
  ping(): void;
  /** Closes the connection. */
  drop(code: number, reason: string): void;
}

/** An open subscription. */
export interface LiveSubscription extends Indexed {
  readonly id: string;
  readonly reader: ConnectedReader;
}

/** The relay, as its connections use it. */
export interface ReaderHost {
  readonly limits: RelayServerLimits;
  readonly store: EventStore;
  readonly forms: EventForms;
  readonly index: SubscriptionIndex<LiveSubscription>;
  readonly rules: AccessRules;
  readonly figures: FigureBook;
  /** The order in which connections are served. */
  readonly turns: Turns;
  readonly verify: VerifyEvents;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  /** Handles an EVENT over the WebSocket and returns its OK. `proved` are the keys that the sender proved. */
  publish(
    received: ReceivedEvent,
    proved: ReadonlySet<string>,
  ): Promise<{ readonly accepted: boolean; readonly message: string }>;
  /** Call this when the reader was dropped. */
  gone(reader: ConnectedReader, reason: string): void;
}
