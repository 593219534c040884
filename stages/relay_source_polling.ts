/**
 * Asks a relay again for the requests that a provider serves, because some relays store events but never push them to an open REQ. It
 * asks every 10 s for events of the last five minutes. It asks every 3 s once a question has found an event that was not pushed, and
 * every minute if the relay has pushed something on this connection.
 *
 * One question is open at a time. The next one waits until its documents were passed on.
 *
 * @module
 */
import { backdatedS } from "../protocols/nostr/kinds.ts";
import type { Filter } from "../protocols/nostr/filter.ts";
import { type Asking, QUESTION_LIMITS } from "./relay_source_question.ts";
import { ToldDocuments } from "./relay_source_told.ts";

/** The relay, and the filters with which it is asked. */
interface PollingDeps extends Asking {
  /** The current filters. */
  readonly filters: () => readonly Filter[];
}

const UNKNOWN_MS = 10_000;
const SILENT_MS = 3_000;
const PUSHING_MS = 60_000;
/** The most seconds by which customers' clocks may differ, together with the time a request needs to reach its relay. */
const OLDEST_S = 300;

/** Asks until it is stopped. */
export class RequestPolling {
  readonly #deps: PollingDeps;
  readonly #told = new ToldDocuments();
  #everyMs = UNKNOWN_MS;
  #askedMs: number;
  #cancel: (() => void) | null = null;
  #stopped = false;

  /** Asks for the first time after ten seconds. */
  constructor(deps: PollingDeps) {
    this.#deps = deps;
    this.#askedMs = deps.clock();
    this.#schedule();
  }

  /** The relay pushed a document by itself. */
  pushed(): void {
    this.#everyMs = PUSHING_MS;
  }

  /** The connection ended. The next one may be to a relay that does not push. */
  lost(): void {
    if (this.#everyMs !== PUSHING_MS) return;
    this.#everyMs = UNKNOWN_MS;
    this.#cancel?.();
    this.#schedule();
  }

  /** Records a document that came in another way, so that it is not passed on twice. True if it was already recorded. */
  know(bytes: Uint8Array): boolean {
    return this.#told.know(bytes);
  }

  /** Stops asking. */
  stop(): void {
    this.#stopped = true;
    this.#cancel?.();
  }

  #schedule(): void {
    if (this.#stopped) return;
    this.#cancel = this.#deps.timers.after(this.#everyMs, () => {
      this.#cancel = null;
      this.#look().catch(() => this.#deps.count("ask_again_failures"))
        .then(() => {
          if (this.#cancel === null) this.#schedule();
        });
    });
  }

  async #look(): Promise<void> {
    const { filters, clock, query, take, count } = this.#deps;
    const since = Math.max(0, Math.floor(this.#askedMs / 1_000) - OLDEST_S);
    const nowMs = clock();
    const wanted = filters().map((filter) => ({
      ...filter,
      since: Math.max(filter.since ?? 0, since - backdatedS(filter)),
    }));
    if (wanted.length === 0) return;
    count("asked_again");
    const { documents, ended } = await query(wanted, QUESTION_LIMITS);
    if (ended === "eose") this.#askedMs = nowMs;
    const fresh = documents.filter(({ bytes }) => !this.know(bytes));
    if (fresh.length === 0 || this.#stopped) return;
    // A question may find an event that the relay is just pushing and that was not read yet.
    if (this.#everyMs !== PUSHING_MS) this.#everyMs = SILENT_MS;
    count("found_asking", fresh.length);
    await take(fresh);
  }
}
