/**
 * What a connection needs of its relay.
 *
 * @module
 */
import type { AccessRules } from "./access.ts";
import type { ReceivedEvent } from "./admission.ts";
import type { EventForms } from "./event_forms.ts";
import type { EventStore } from "./event_store.ts";
import type { RelayServerLimits } from "./limits.ts";
import type { LiveSubscription, Reader } from "./reader.ts";
import type { Reconciliations } from "./reconciliations.ts";
import type { FigureBook } from "./relay_figures.ts";
import type { SubscriptionIndex } from "./subscription_index.ts";
import type { Turns } from "./turns.ts";
import type { VerifyEvents } from "./verify_lane.ts";

/** The relay, as its connections know it. */
export interface ReaderHost {
  readonly limits: RelayServerLimits;
  readonly store: EventStore;
  readonly forms: EventForms;
  readonly index: SubscriptionIndex<LiveSubscription>;
  readonly reconciliations: Reconciliations;
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
  /** A key that no other reconciliation has. */
  newKey(): string;
  /** The reader was dropped. */
  gone(reader: Reader, reason: string): void;
}
