/**
 * The stage that reads a relay: sends every document as received, and moves the saved cursor only over settled documents.
 *
 * Holds the sequence numbers of unsettled documents (limited by the host). Documents wait in the session's queue (256 events or 4 MiB,
 * peers/relay/relay_subscription.ts), and then at the relay. On overflow, the socket is paused; if that is not enough, the session sends
 * CLOSE and later a REQ from the last settled event. After every reconnect it reads an overlap again; the store behind the sink drops
 * duplicates. With `answersTo` it also asks the relay from time to time for answers to the store's jobs (relay_source_ask_again.ts), and
 * with `serves` for requests (relay_source_polling.ts). Documents that are found in this way wait until the reader takes them, and do not
 * move the cursor.
 *
 * @module
 */
import { hostOfUrl } from "../base/urls.ts";
import type { RelayDelivery, RelayDocument } from "../peers/relay/relay_session.ts";
import type { RelayService } from "../peers/relay/open_relay_session.ts";
import type { Timers } from "../base/timers.ts";
import type { Store } from "../store/store.ts";
import type { SkillCatalog } from "../skills/catalog/catalog_service.ts";
import type { Filter } from "../protocols/nostr/filter.ts";
import { askAgain, FoundDocuments, pollRequests } from "./relay_source_asking.ts";
import { openJobFilters } from "./relay_source_filters.ts";
import { offeredFilters, type OfferFilterOptions } from "./relay_source_offers.ts";
import { RETRIED_SOURCE, RetriedDocuments } from "./relay_source_retries.ts";
import { type Batch, defineStage, type Item, type StageContext } from "./stage.ts";

/** Options of the source. */
export interface RelaySourceOptions {
  readonly relayUrl: string;
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
  /** Ends after the stored events. */
  readonly once?: boolean;
}

/** The services that the source needs: a session factory in its own worker, and the store for its cursor. */
interface RelaySourceServices {
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

/**
 * The documents of a relay as items that know `encoding` and `relay`. Ends only with `once`, `limit` or the host's signal; errors if the
 * relay refuses the subscription for good.
 */
export async function relaySource(
  options: RelaySourceOptions,
  services: RelaySourceServices,
  context: StageContext,
): Promise<ReadableStream<Batch>> {
  const { cursorName, limit = Infinity } = options;
  const store = cursorName === undefined ? undefined : services.store;
  const saved = store === undefined ? null : Number(await store.cursor(cursorName!) ?? NaN);
  const settledAtS = saved === null || Number.isNaN(saved) ? null : saved;
  const session = services.relay.open({
    url: options.relayUrl,
    clock: context.clock,
    log: context.log,
    count: context.count,
  });
  // The session can use this advice, which may come late or never.
  void session.information();
  const wanted = options.answersTo === undefined ? null : await openJobFilters(
    { pubkey: options.answersTo, answersKey: options.answersKey },
    options.filters,
    services.store,
    context,
  );
  const served = options.serves === undefined
    ? null
    : await offeredFilters(options.serves, services.offers, context);
  const subscription = session.subscribe(
    served?.filters ?? wanted?.filters() ?? options.filters,
    {
      settledAtS,
      overlapS: options.overlapS ?? DEFAULT_OVERLAP_S,
    },
  );
  let servedNow = served?.filters ?? [];
  void served?.follow((filters) => {
    servedNow = filters;
    subscription.askFor(filters);
  });
  const cursor = new SettledCursor(settledAtS, (atS) => {
    subscription.settledTo(atS);
    if (store === undefined) return;
    store.commit([{ op: "setCursor", name: cursorName!, value: String(atS) }]).catch((error) => {
      context.count("cursor_failures");
      context.log("warn", "relay cursor could not be saved", {
        relay: session.url,
        error: error instanceof Error ? error.message : String(error),
      });
    });
  });
  context.settlements.onSettled((settled) => cursor.settle(settled.map(({ seq }) => seq)));
  void wanted?.follow((filters) => subscription.askFor(filters));

  const found = new FoundDocuments();
  let seq = 0;
  let retried: readonly Item[] = [];
  if (store?.markedDocuments !== undefined) {
    const retries = new RetriedDocuments(store);
    const marked = await store.markedDocuments(RETRIED_SOURCE);
    retried = await retries.take(marked, () => {
      cursor.emitted(++seq, null, false);
      return seq;
    });
    context.settlements.onSettled((settled) =>
      void retries.settled(settled).catch((error) =>
        context.log("warn", "a document stays in quarantine", {
          error: error instanceof Error ? error.message : String(error),
        })
      )
    );
  }
  const asking = options.answersTo !== undefined
    ? askAgain(services, session, found, context)
    : served === null
    ? null
    : pollRequests(() => servedNow, services, session, found, context);
  const reader = subscription.deliveries.getReader();
  let reading: ReturnType<typeof reader.read> | null = null;
  let emitted = 0;
  const stop = () => {
    asking?.stop();
    session.close();
  };
  context.signal.addEventListener("abort", stop, { once: true });
  if (context.signal.aborted) stop();
  const foundItem = ({ bytes, encoding }: RelayDocument): Item => {
    cursor.emitted(++seq, null, false);
    return { seq, bytes, known: { encoding, relay: session.url } };
  };
  const itemOf = (delivery: Extract<RelayDelivery, { type: "document" }>): Item => {
    if (!delivery.stored) asking?.pushed();
    asking?.know(delivery.bytes);
    cursor.emitted(++seq, delivery.createdAtS, delivery.stored);
    return {
      seq,
      bytes: delivery.bytes,
      known: { encoding: delivery.encoding, relay: session.url },
    };
  };
  return new ReadableStream<Batch>({
    async pull(controller) {
      if (retried.length > 0) {
        controller.enqueue(retried);
        retried = [];
        return;
      }
      while (true) {
        reading ??= reader.read();
        const came = await Promise.race([reading, found.untilSome()]);
        if (came === "found") return controller.enqueue(found.takeAll().map(foundItem));
        reading = null;
        const { value, done } = came;
        let ended = done;
        const items: Item[] = [];
        for (const delivery of value ?? []) {
          if (delivery.type === "document") {
            items.push(itemOf(delivery));
            if (++emitted >= limit) ended = true;
          } else {
            cursor.storedEnd(delivery.assumed);
            if (options.once) ended = true;
          }
          if (ended) break;
        }
        if (items.length > 0) controller.enqueue(items);
        if (ended) {
          context.signal.removeEventListener("abort", stop);
          stop();
          controller.close();
        }
        if (items.length > 0 || ended) return;
      }
    },
    cancel: stop,
  }, { highWaterMark: 0 });
}

/**
 * The `created_at` up to which everything is settled. Only the settled prefix counts, because a pool may settle out of order. Stored events
 * come newest first, so they count only after all of them were settled.
 */
export class SettledCursor {
  #atS: number | null;
  readonly #move: (atS: number) => void;
  readonly #order: { seq: number; atS: number | null; step: "stored" | "live" | "end" }[] = [];
  readonly #settled = new Set<number>();
  #storedAtS: number | null = null;

  /** Starts at a saved cursor (seconds) or null. `move` is called whenever the cursor advances. */
  constructor(atS: number | null, move: (atS: number) => void) {
    this.#atS = atS;
    this.#move = move;
  }

  /** Records that an item was sent. */
  emitted(seq: number, createdAtS: number | null, stored: boolean): void {
    this.#order.push({ seq, atS: createdAtS, step: stored ? "stored" : "live" });
  }

  /** Records that all stored events were sent. If that is only assumed, nothing moves. */
  storedEnd(assumed: boolean): void {
    if (assumed) return;
    this.#order.push({ seq: 0, atS: null, step: "end" });
    this.#advance();
  }

  /** Records settled items, whatever their outcome. */
  settle(seqs: readonly number[]): void {
    for (const seq of seqs) this.#settled.add(seq);
    this.#advance();
  }

  #advance(): void {
    let atS = this.#atS;
    let passed = 0;
    for (const { seq, atS: itemAtS, step } of this.#order) {
      if (step === "end") {
        atS = latest(atS, this.#storedAtS);
        this.#storedAtS = null;
      } else if (!this.#settled.delete(seq)) break;
      else if (step === "stored") this.#storedAtS = latest(this.#storedAtS, itemAtS);
      else atS = latest(atS, itemAtS);
      passed++;
    }
    this.#order.splice(0, passed);
    if (atS === null || atS === this.#atS) return;
    this.#atS = atS;
    this.#move(atS);
  }
}

function latest(a: number | null, b: number | null): number | null {
  return a === null ? b : b === null ? a : Math.max(a, b);
}

/** The stage for its host. It only needs the relay's address. */
export const definition = defineStage<RelaySourceOptions, RelaySourceServices>({
  name: "relay-source",
  role: "source",
  services: ["relay", "store", "offers"],
  permissions: ({ relayUrl }) => ({ net: [hostOfUrl(relayUrl)] }),
  create: relaySource,
});
