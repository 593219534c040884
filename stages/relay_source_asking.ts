/**
 * The questions that relaySource asks its relay in addition to its subscription: for answers to the store's jobs, or for requests to a
 * provider.
 *
 * Holds the documents of one question until the stage's reader takes them: at most 1,000 documents or 8 MiB (relay_source_ask_again.ts).
 *
 * @module
 */
import type { RelayDocument, RelaySession } from "../peers/relay/relay_session.ts";
import { systemTimers, type Timers } from "../base/timers.ts";
import type { Store } from "../store/store.ts";
import type { Filter } from "../protocols/nostr/filter.ts";
import { AskAgain } from "./relay_source_ask_again.ts";
import { RequestPolling } from "./relay_source_polling.ts";
import type { StageContext } from "./stage.ts";

/** The services that asking needs. */
interface AskingServices {
  /** The store with the jobs that wait for answers. */
  readonly store?: Partial<Pick<Store, "awaitedJobs">>;
  /** Default: the timers of the process. */
  readonly timers?: Timers;
}

/** Starts asking; `found` receives new documents. Stop it together with the session. */
export function askAgain(
  { store, timers = systemTimers }: AskingServices,
  session: RelaySession,
  found: FoundDocuments,
  context: StageContext,
): AskAgain {
  const awaited = store?.awaitedJobs?.bind(store);
  if (awaited === undefined) throw new TypeError("relaySource needs a store to ask again");
  const asking = new AskAgain({
    awaited: (sinceMs, limit) => awaited(sinceMs, limit),
    query: (filters, limits) => session.query(filters, limits),
    take: (documents) => found.put(documents),
    clock: context.clock,
    timers,
    count: context.count,
  });
  session.onStatus(({ state }) => {
    if (state !== "connected") asking.lost();
  });
  return asking;
}

/** Starts asking for what `filters` returns at that time; `found` receives new documents. Stop it together with the session. */
export function pollRequests(
  filters: () => readonly Filter[],
  { timers = systemTimers }: Pick<AskingServices, "timers">,
  session: RelaySession,
  found: FoundDocuments,
  context: StageContext,
): RequestPolling {
  const polling = new RequestPolling({
    filters,
    query: (wanted, limits) => session.query(wanted, limits),
    take: (documents) => found.put(documents),
    clock: context.clock,
    timers,
    count: context.count,
  });
  session.onStatus(({ state }) => {
    if (state !== "connected") polling.lost();
  });
  return polling;
}

/** The documents of one question, until the stage's reader takes them. */
export class FoundDocuments {
  readonly #some: () => void;
  #documents: readonly RelayDocument[] = [];
  #taken = () => {};

  /** Calls `some` when there are documents. */
  constructor(some: () => void) {
    this.#some = some;
  }

  /** Resolves when the reader has taken them. */
  put(documents: readonly RelayDocument[]): Promise<void> {
    this.#documents = documents;
    const taken = new Promise<void>((resolve) => this.#taken = resolve);
    this.#some();
    return taken;
  }

  /** Returns the documents, and lets the next question start. */
  takeAll(): readonly RelayDocument[] {
    const documents = this.#documents;
    if (documents.length === 0) return documents;
    this.#documents = [];
    this.#taken();
    return documents;
  }
}
