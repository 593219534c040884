/**
 * What a connection needs of its relay.
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

/** A connection, as the relay knows it. */
export interface ConnectedReader {
  readonly format: DeliveryFormat;
  /** Gives a new event to the connection's subscription, if it may see it. */
  deliver(event: NostrEvent, message: () => ReturnType<typeof eventMessage>): void;
  /** Asks for a sign of life, or drops one that gave none. */
  ping(): void;
  /** Closes it. */
  drop(code: number, reason: string): void;
}

/** An open subscription. */
export interface LiveSubscription extends Indexed {
  readonly id: string;
  readonly reader: ConnectedReader;
}

/** The relay, as its connections know it. */
export interface ReaderHost {
  readonly limits: RelayServerLimits;
  readonly store: EventStore;
  readonly forms: EventForms;
  readonly index: SubscriptionIndex<LiveSubscription>;
  readonly rules: AccessRules;
  readonly figures: FigureBook;
  /** In which connections are served. */
  readonly turns: Turns;
  readonly verify: VerifyEvents;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  /** What an `EVENT` over the WebSocket is answered with; `proved` are the keys of whoever sent it. */
  publish(
    received: ReceivedEvent,
    proved: ReadonlySet<string>,
  ): Promise<{ readonly accepted: boolean; readonly message: string }>;
  /** The reader was dropped. */
  gone(reader: ConnectedReader, reason: string): void;
}
