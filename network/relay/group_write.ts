/**
 * Writes of one turn of the event loop share one durable transaction, so that many writers pay for one sync.
 *
 * Holds the writes of one turn; whoever calls bounds them (a connector by its window, a reader by its rate).
 *
 * @module
 */
import type { EventStore, Standing, StoredEvent } from "./event_store.ts";

interface Waiting {
  readonly stored: StoredEvent;
  readonly resolve: (standing: Standing) => void;
  readonly reject: (error: unknown) => void;
}

/** The writes that wait for the turn's end. */
export class GroupWrite {
  readonly #store: EventStore;
  readonly #clock: () => number;
  #waiting: Waiting[] = [];

  /** Over one store; the clock tells milliseconds. */
  constructor(store: EventStore, clock: () => number) {
    this.#store = store;
    this.#clock = clock;
  }

  /** Resolves when the event is durable (`new`), or with why it was left out. Rejects when the store failed; then nothing was kept. */
  put(stored: StoredEvent): Promise<Standing> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ stored, resolve, reject });
      if (this.#waiting.length === 1) setImmediate(() => this.flush());
    });
  }

  /** Writes at once what waits. */
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
