/**
 * The stage that reads relays: sends every document as received, and moves the saved cursor of a relay only over settled documents.
 *
 * Holds the sequence numbers of unsettled documents (limited by the host). Documents wait in the session's queue (256 events or 4 MiB,
 * peers/relay/relay_subscription.ts), and then at the relay. On overflow, the socket is paused; if that is not enough, the session sends
 * CLOSE and later a REQ from the last settled event. After every reconnect it reads an overlap again; the store behind the sink drops
 * duplicates. With `answersTo` it also asks the relay from time to time for answers to the store's jobs (relay_source_ask_again.ts), and
 * with `serves` for requests (relay_source_polling.ts). Documents that are found in this way wait until the reader takes them, and do not
 * move the cursor.
 *
 * Further relays (`more`) are read at the same time as the first one, each with its own session and cursor (relay_source_reading.ts). The
 * source takes a batch from one relay after the other, and at most a share of documents from each (relay_source_share.ts), so no relay waits
 * for another. A further relay that refuses the subscription permanently is not read again until the next start.
 *
 * @module
 */
import { messageOf } from "../base/thrown.ts";
import type { RelayService } from "../peers/relay/open_relay_session.ts";
import { systemTimers, type Timers } from "../base/timers.ts";
import type { Store } from "../store/store.ts";
import type { SkillCatalog } from "../skills/catalog/catalog_service.ts";
import type { Filter } from "../protocols/nostr/filter.ts";
import { LEFT_OUT } from "./relay_source_left_out.ts";
import { openJobFilters } from "./relay_source_filters.ts";
import { offeredFilters, type OfferFilterOptions } from "./relay_source_offers.ts";
import { readRelay, type RelayReading } from "./relay_source_reading.ts";
import { RETRIED_SOURCE, RetriedDocuments } from "./relay_source_retries.ts";
import { type Batch, type Item, type StageContext } from "./stage.ts";

/** Options of the source. */
export interface RelaySourceOptions {
  readonly relayUrl: string;
  /** Further relays, each with the name of its own cursor where `cursorName` names the first one's. */
  readonly more?: readonly { readonly url: string; readonly cursorName?: string }[];
  readonly filters: readonly Filter[];
  /** Name of the cursor in the store; without it nothing is saved. */
  readonly cursorName?: string;
  /** How many seconds before the cursor reading starts again. Default 300 s. */
  readonly overlapS?: number;
  /**
   * The key of a buyer. Results for its open jobs are subscribed to as well, also of kinds that `filters` do not name, once the store has
   * such a job. They are also asked for again, because some relays store but do not push. Needs the store.
   */
  readonly answersTo?: string;
  /** With `answersTo`: the key to which answers to private jobs are wrapped. */
  readonly answersKey?: string;
  /** Subscribes to the kinds of the provider's skills, also when they change, instead of `filters`. Needs the service `offers`. */
  readonly serves?: OfferFilterOptions;
  /** Ends after this number of documents. */
  readonly limit?: number;
  /** Ends after the stored events of the first relay; further relays that can be reached may take 2 s more. */
  readonly once?: boolean;
}

/** The services that the source needs: a session factory in its own worker, and the store for its cursor. */
export interface RelaySourceServices {
  readonly relay: RelayService;
  readonly store?:
    & Pick<Store, "cursor" | "commit">
    & Partial<Pick<Store, "openKinds" | "awaitedJobs" | "markedDocuments">>;
  /** Default: the timers of the process. */
  readonly timers?: Timers;
  /** The provider's skill catalog. */
  readonly offers?: Pick<SkillCatalog, "changed"> | null;
}

const DEFAULT_OVERLAP_S = 300;
/** How much longer than the first relay a further relay may take to send its stored events. */
const MORE_ONCE_MS = 2_000;

/**
 * The documents of relays as items that know `encoding` and `relay`. Ends only with `once`, `limit` or the host's signal; errors if the
 * first relay refuses the subscription permanently.
 */
export async function relaySource(
  options: RelaySourceOptions,
  services: RelaySourceServices,
  context: StageContext,
): Promise<ReadableStream<Batch>> {
  const { cursorName, limit = Infinity, more = [] } = options;
  const wanted = options.answersTo === undefined ? null : await openJobFilters(
    { pubkey: options.answersTo, answersKey: options.answersKey },
    options.filters,
    services.store,
    context,
  );
  const served = options.serves === undefined
    ? null
    : await offeredFilters(options.serves, services.offers, context);
  let wake = () => {};
  const came = () => wake();
  // What `doctor` says of the home's relay is counted without the others.
  const others = {
    ...context,
    count: (counter: string, by?: number) => context.count(`more_${counter}`, by),
  };
  const read = (url: string, cursor: string | undefined, further: boolean) =>
    readRelay(
      {
        url,
        filters: served?.filters ?? wanted?.filters() ?? options.filters,
        cursorName: cursor,
        overlapS: options.overlapS ?? DEFAULT_OVERLAP_S,
        further,
        servedBy: options.serves?.pubkey,
        asks: wanted !== null ? "answers" : served !== null ? "requests" : null,
      },
      services,
      further ? others : context,
      came,
    );
  const [first, ...further] = await Promise.all([
    read(options.relayUrl, cursorName, false),
    ...more.map((each) => read(each.url, each.cursorName, true)),
  ]);
  /** The relays that are read. The next batch is taken from the first of them that has one. */
  let readings: RelayReading[] = [first!, ...further];
  const askFor = (filters: readonly Filter[]) => {
    for (const reading of readings) reading.askFor(filters);
  };
  void served?.follow(askFor);
  void wanted?.follow(askFor);

  let seq = 0;
  const next = () => ++seq;
  let retried = await retriedDocuments(services.store, cursorName, next, context);
  let emitted = 0;
  const stop = () => {
    for (const reading of readings) reading.stop();
    readings = [];
    came();
  };
  context.signal.addEventListener("abort", stop, { once: true });
  if (context.signal.aborted) stop();
  /** With `once`: the relays that have told what they had stored. */
  const told = new Set<RelayReading>();
  let late = false;
  const isOver = () =>
    options.once === true && told.has(first!) &&
    readings.every((reading) => told.has(reading) || late || reading.down());
  const timers = services.timers ?? systemTimers;
  let cancelLate = () => {};
  /** The next batch of a reading; null where it has none. */
  const batchOf = (reading: RelayReading): { items: Item[]; ended: boolean } | null => {
    let taken: ReturnType<RelayReading["take"]>;
    try {
      taken = reading.take(limit - emitted, next);
    } catch (error) {
      if (reading === first) {
        stop();
        throw error;
      }
      context.log("warn", LEFT_OUT, { relay: reading.url, reason: messageOf(error) });
      taken = { items: [], storedEnded: false, ended: true };
    }
    if (taken === null) return null;
    const { items, storedEnded, ended } = taken;
    emitted += items.length;
    if (storedEnded) told.add(reading);
    if (options.once && storedEnded && reading === first) {
      cancelLate = timers.after(MORE_ONCE_MS, () => {
        late = true;
        came();
      });
    }
    if (ended && reading !== first) {
      reading.stop();
      readings = readings.filter((each) => each !== reading);
    }
    return { items, ended: ended && reading === first };
  };
  const end = (controller: ReadableStreamDefaultController<Batch>) => {
    cancelLate();
    context.signal.removeEventListener("abort", stop);
    stop();
    controller.close();
  };
  return new ReadableStream<Batch>({
    async pull(controller) {
      if (retried.length > 0) {
        controller.enqueue(retried);
        retried = [];
        return;
      }
      while (true) {
        const changed = new Promise<void>((resolve) => wake = resolve);
        for (const reading of readings) reading.want();
        let isIdle = true;
        for (const reading of [...readings]) {
          const batch = batchOf(reading);
          if (batch === null) continue;
          isIdle = false;
          // The next batch is taken from another relay first, so that a relay that floods takes no more than its share.
          if (readings.includes(reading)) {
            readings = [...readings.filter((each) => each !== reading), reading];
          }
          if (batch.items.length > 0) controller.enqueue(batch.items);
          if (batch.ended || emitted >= limit || isOver()) return end(controller);
          if (batch.items.length > 0) return;
        }
        if (readings.length === 0 || isOver()) return end(controller);
        // After a batch without documents, such as the end of the stored events, the relay must be read again.
        if (isIdle) await changed;
      }
    },
    cancel: stop,
  }, { highWaterMark: 0 });
}

/** Quarantined documents that are sent again. None if the source has no cursor. */
async function retriedDocuments(
  store: RelaySourceServices["store"],
  cursorName: string | undefined,
  next: () => number,
  context: StageContext,
): Promise<readonly Item[]> {
  if (cursorName === undefined || store?.markedDocuments === undefined) return [];
  const retries = new RetriedDocuments(store);
  context.settlements.onSettled((settled) =>
    void retries.settled(settled).catch((error) =>
      context.log("warn", "a document stays in quarantine", { error: messageOf(error) })
    )
  );
  return await retries.take(await store.markedDocuments(RETRIED_SOURCE), next);
}
