/**
 * A queue with a number: when full it drops, counts what it dropped, and never makes anybody wait.
 *
 * @module
 */

/** Holds at most `capacity` values. `oldest` makes room for the newest, `newest` refuses it. */
export class BoundedQueue<T> {
  readonly #values: T[] = [];
  readonly #capacity: number;
  readonly #drop: "oldest" | "newest";
  #dropped = 0;

  /** Makes an empty queue. */
  constructor(capacity: number, drop: "oldest" | "newest" = "oldest") {
    if (!Number.isSafeInteger(capacity) || capacity < 1) {
      throw new RangeError(`capacity must be a positive integer (got ${capacity})`);
    }
    this.#capacity = capacity;
    this.#drop = drop;
  }

  /** Values that were dropped since the queue was made. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Values held. */
  get size(): number {
    return this.#values.length;
  }

  /** Adds a value; false when one was dropped for it, or it was dropped itself. */
  push(value: T): boolean {
    if (this.#values.length < this.#capacity) {
      this.#values.push(value);
      return true;
    }
    this.#dropped++;
    if (this.#drop === "oldest") {
      this.#values.shift();
      this.#values.push(value);
    }
    return false;
  }

  /** Everything held, oldest first; the queue is empty then. */
  take(): T[] {
    return this.#values.splice(0);
  }
}
