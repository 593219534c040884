/**
 * Limits the documents that one further relay may bring, so that a relay that floods does not slow the others. Nothing is lost: documents
 * above its share wait in the session's queue and at the relay.
 *
 * @module
 */
import type { Timers } from "../base/timers.ts";

/** The most documents in one period. A relay with more stored documents is read over several periods. */
const DOCUMENTS = 5_000;
const PERIOD_MS = 10_000;

/** The share of one relay. */
export class Share {
  readonly #timers: Timers;
  readonly #freed: () => void;
  #left = DOCUMENTS;
  #cancel: (() => void) | null = null;

  /** `freed` is called when a new period begins. */
  constructor(timers: Timers, freed: () => void) {
    this.#timers = timers;
    this.#freed = freed;
  }

  /** Whether the share of this period is used. */
  get used(): boolean {
    return this.#left <= 0;
  }

  /** Counts documents. The first one of a period begins it. */
  took(count: number): void {
    if (count === 0) return;
    this.#left -= count;
    this.#cancel ??= this.#timers.after(PERIOD_MS, () => {
      this.#cancel = null;
      this.#left = DOCUMENTS;
      this.#freed();
    });
  }

  /** Ends the period's timer. */
  stop(): void {
    this.#cancel?.();
    this.#cancel = null;
  }
}
