/**
 * All writes of one turn of the event loop share one durable transaction, so that many writes need only one sync.
 *
 * Holds the writes of one turn. The callers limit their number (a connector by its window, a reader by its rate).
 *
 * @module
 */
import type { EventStore, Standing, StoredEvent } from "./event_store.ts";

interface Waiting {
  readonly stored: StoredEvent;
  readonly resolve: (standing: Standing) => void;
  readonly reject: (error: unknown) => void;
}

/** The writes that wait for the end of the turn. */
export class GroupWrite {
  readonly #store: EventStore;
  readonly #clock: () => number;
  #waiting: Waiting[] = [];

  /** Writes to one store. The clock returns milliseconds. */
  constructor(store: EventStore, clock: () => number) {
    this.#store = store;
    this.#clock = clock;
  }

  /**
   * Resolves with `new` when the event is durable, or with the reason why it was not stored. Rejects if the store failed: nothing was
   * stored.
   */
  put(stored: StoredEvent): Promise<Standing> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ stored, resolve, reject });
      if (this.#waiting.length === 1) setImmediate(() => this.flush());
    });
  }

  /** Writes all waiting events now. */
  flush(): void {
    const writes = this.#waiting;
    this.#waiting = [];
    if (writes.length === 0) return;
    try {
      const standings = this.#store.put(
        writes.map(({ stored }) => stored),
        Math.floor(this.#clock() / 1_000),
      );
      writes.forEach(({ resolve }, index) => resolve(standings[index]!));
    } catch (error) {
      for (const { reject } of writes) reject(error);
    }
  }
}
