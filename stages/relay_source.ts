/**
 * The stage that reads a relay: emits every document as it came, and moves the saved cursor only over what is settled.
 *
 * Holds the numbers of what it emitted and nobody settled yet (the host bounds those); documents wait in the session's queue (256 events
 * or 4 MiB, peers/relay/relay_subscription.ts), and beyond it in the relay. Overflow rule: the socket is paused; when that does not do,
 * CLOSE, then REQ again from the last settled event. After every reconnect an overlap is read again; what drops
 * duplicates is the store behind the sink. With `answersTo` the relay is also asked from time to time for answers to the store's jobs
 * (relay_source_ask_again.ts), and with `serves` for requests (relay_source_polling.ts); what that finds waits until the reader takes it,
 * and moves no cursor.
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

/** What the source reads. */
export interface RelaySourceOptions {
  readonly relayUrl: string;
  readonly filters: readonly Filter[];
  /** Under which the cursor is kept in the store; without one nothing is remembered. */
  readonly cursorName?: string;
  /** How far before the cursor reading begins again. Default 300 s. */
  readonly overlapS?: number;
  /**
   * The key whose open jobs are listened for too, as their buyer: results of kinds that `filters` do not name, from when the store
   * has such a job; and they are asked for again, at relays that store and do not push. Needs the store.
   */
  readonly answersTo?: string;
  /** With `answersTo`: the key for which answers to private jobs are wrapped. */
  readonly answersKey?: string;
  /** Asks for what the provider's skills take, as they change, instead of `filters`. Needs the service `offers`. */
  readonly serves?: OfferFilterOptions;
  /** Ends after so many documents. */
  readonly limit?: number;
  /** Ends when everything stored was read. */
  readonly once?: boolean;
}

/** What the source asks: a session factory in its own worker, and the store for its cursor. */
interface RelaySourceServices {
  readonly relay: RelayService;
  readonly store?:
    & Pick<Store, "cursor" | "commit">
    & Partial<Pick<Store, "openKinds" | "awaitedJobs" | "markedDocuments">>;
  /** Of the process unless told. */
  readonly timers?: Timers;
  /** The provider's skill catalog. */
  readonly offers?: Pick<SkillCatalog, "changed"> | null;
}

const DEFAULT_OVERLAP_S = 300;

/**
 * Documents of a relay as items with `encoding` and `relay` known, oldest request first. Ends only with `once`, `limit` or the host's
 * signal; errors when the relay refuses the subscription for good.
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
  // Advice for the session; it may come late or never.
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
        context.log("warn", "document stays set aside", {
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
 * The `created_at` up to which everything is settled. Only the settled prefix counts, because a pool may settle out of order; and stored
 * events come newest first, so they count only once their end was reached.
 */
export class SettledCursor {
  #atS: number | null;
  readonly #move: (atS: number) => void;
  readonly #order: { seq: number; atS: number | null; step: "stored" | "live" | "end" }[] = [];
  readonly #settled = new Set<number>();
  #storedAtS: number | null = null;

  /** Begins at a saved cursor (seconds) or null; `move` is called with every advance. */
  constructor(atS: number | null, move: (atS: number) => void) {
    this.#atS = atS;
    this.#move = move;
  }

  /** An item went out. */
  emitted(seq: number, createdAtS: number | null, stored: boolean): void {
    this.#order.push({ seq, atS: createdAtS, step: stored ? "stored" : "live" });
  }

  /** Everything stored went out before. Where that is only assumed, nothing moves. */
  storedEnd(assumed: boolean): void {
    if (assumed) return;
    this.#order.push({ seq: 0, atS: null, step: "end" });
    this.#advance();
  }

  /** These were settled, whatever the outcome. */
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

/** Names the stage for the host; needs the relay's address alone. */
export const definition = defineStage<RelaySourceOptions, RelaySourceServices>({
  name: "relay-source",
  role: "source",
  services: ["relay", "store", "offers"],
  permissions: ({ relayUrl }) => ({ net: [hostOfUrl(relayUrl)] }),
  create: relaySource,
});
