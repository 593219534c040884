/**
 * The part of relaySource that reads one relay: its session, its subscription, its cursor, and further questions to the relay.
 *
 * Holds one batch that was not taken yet, in addition to the session's queue (peers/relay/relay_subscription.ts) and the documents that one
 * question found (relay_source_asking.ts).
 *
 * @module
 */
import { messageOf } from "../base/thrown.ts";
import type { RelayDelivery, RelayDocument } from "../peers/relay/relay_session.ts";
import type { RelayService } from "../peers/relay/open_relay_session.ts";
import type { Filter } from "../protocols/nostr/filter.ts";
import { systemTimers, type Timers } from "../base/timers.ts";
import type { Store } from "../store/store.ts";
import { askAgain, FoundDocuments, pollRequests } from "./relay_source_asking.ts";
import { namesOnlyOthers } from "./relay_source_others.ts";
import { SettledCursor } from "./relay_source_cursor.ts";
import { Share } from "./relay_source_share.ts";
import type { Item, StageContext } from "./stage.ts";

/** Which relay, and what is asked of it. */
interface ReadingOptions {
  readonly url: string;
  readonly filters: readonly Filter[];
  /** Under which the cursor is kept in the store; without one nothing is remembered. */
  readonly cursorName?: string;
  readonly overlapS: number;
  /** Asked beside the subscription: for the answers to the store's jobs, or for what is served. */
  readonly asks: "answers" | "requests" | null;
  /** A provider's key in hex: requests that name only other providers are passed over. */
  readonly servedBy?: string;
  /** Whether it is read beside the home's own relay, and gets a share of the time alone. */
  readonly further: boolean;
}

/** What the reading uses. */
interface ReadingServices {
  readonly relay: RelayService;
  readonly store?: Pick<Store, "cursor" | "commit"> & Partial<Pick<Store, "awaitedJobs">>;
  readonly timers?: Timers;
}

/** What was taken. */
interface Taken {
  readonly items: Item[];
  /** The relay has told everything that it had stored. */
  readonly storedEnded: boolean;
  /** The subscription is over. */
  readonly ended: boolean;
}

/** One relay that is read. */
export interface RelayReading {
  /** The relay's checked address. */
  readonly url: string;
  /** Whether it could not be reached, or was lost. False before the first attempt has ended. */
  down(): boolean;
  /** Asks for more; `came` (of {@link readRelay}) is called once there is something to take, and when the connection changes. */
  want(): void;
  /** At most `most` received documents, numbered by `next`; null if there are none. Throws if the relay refuses permanently. */
  take(most: number, next: () => number): Taken | null;
  /** Asks with these filters from now on. */
  askFor(filters: readonly Filter[]): void;
  /** Ends the session. */
  stop(): void;
}

/** Begins to read. Rejects where the store cannot tell the cursor. */
export async function readRelay(
  options: ReadingOptions,
  services: ReadingServices,
  context: StageContext,
  came: () => void,
): Promise<RelayReading> {
  const { cursorName } = options;
  const store = cursorName === undefined ? undefined : services.store;
  const saved = store === undefined ? null : Number(await store.cursor(cursorName!) ?? NaN);
  const settledAtS = saved === null || Number.isNaN(saved) ? null : saved;
  const session = services.relay.open({
    url: options.url,
    clock: context.clock,
    log: context.log,
    count: context.count,
  });
  session.onStatus(came);
  // The session can use this advice, which may come late or never.
  void session.information();
  let filters = options.filters;
  const subscription = session.subscribe(filters, { settledAtS, overlapS: options.overlapS });
  const cursor = new SettledCursor(settledAtS, (atS) => {
    subscription.settledTo(atS);
    if (store === undefined) return;
    store.commit([{ op: "setCursor", name: cursorName!, value: String(atS) }]).catch((error) => {
      context.count("cursor_failures");
      context.log("warn", "relay cursor could not be saved", {
        relay: session.url,
        error: messageOf(error),
      });
    });
  });
  context.settlements.onSettled((settled) => cursor.settle(settled.map(({ seq }) => seq)));

  const found = new FoundDocuments(came);
  const asking = options.asks === "answers"
    ? askAgain(services, session, found, context)
    : options.asks === "requests"
    ? pollRequests(() => filters, services, session, found, context)
    : null;
  const share = options.further ? new Share(services.timers ?? systemTimers, came) : null;
  const reader = subscription.deliveries.getReader();
  let reading = false;
  let read: { readonly value?: readonly RelayDelivery[]; readonly done: boolean } | null = null;
  let failure: { readonly error: unknown } | null = null;

  const { servedBy } = options;
  /** Whether nobody here needs the document. */
  const isPassedOver = ({ bytes }: RelayDocument): boolean => {
    if (servedBy === undefined || !namesOnlyOthers(bytes, servedBy)) return false;
    context.count("for_others");
    return true;
  };
  const itemOf = ({ bytes, encoding }: RelayDocument, seq: number): Item => ({
    seq,
    bytes,
    known: { encoding, relay: session.url },
  });
  return {
    url: session.url,
    down() {
      const { state, attempt } = session.status();
      return state === "offline" || state === "connecting" && attempt > 0;
    },
    want() {
      if (reading || read !== null || failure !== null || share?.used) return;
      reading = true;
      reader.read().then((result) => read = result, (error) => failure = { error })
        .finally(() => {
          reading = false;
          came();
        });
    },
    take(most, next) {
      if (failure !== null) throw failure.error;
      const documents = found.takeAll();
      if (documents.length > 0) {
        const items = documents.filter((each) => !isPassedOver(each)).slice(0, most)
          .map((document) => itemOf(document, next()));
        for (const { seq } of items) cursor.emitted(seq, null, false);
        return { items, storedEnded: false, ended: false };
      }
      if (read === null) return null;
      const { value = [], done } = read;
      read = null;
      const items: Item[] = [];
      let passedOver = 0;
      let storedEnded = false;
      for (const delivery of value) {
        if (items.length >= most) break;
        if (delivery.type === "eose") {
          cursor.storedEnd(delivery.assumed);
          storedEnded = true;
          continue;
        }
        if (!delivery.stored) asking?.pushed();
        asking?.know(delivery.bytes);
        if (isPassedOver(delivery)) {
          cursor.passOver(delivery.createdAtS, delivery.stored);
          passedOver++;
          continue;
        }
        const item = itemOf(delivery, next());
        cursor.emitted(item.seq, delivery.createdAtS, delivery.stored);
        items.push(item);
      }
      share?.took(items.length + passedOver);
      return { items, storedEnded, ended: done };
    },
    askFor(wanted) {
      filters = wanted;
      subscription.askFor(wanted);
    },
    stop() {
      asking?.stop();
      share?.stop();
      session.close();
    },
  };
}
