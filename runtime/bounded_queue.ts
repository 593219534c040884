/**
 * A queue with a fixed capacity. When it is full, it drops values and counts them, and never makes a caller wait.
 *
 * @module
 */

/** Holds at most `capacity` values. When full, `oldest` drops the oldest value to add the new one; `newest` drops the new one. */
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

  /** Adds a value; returns false if a value was dropped. */
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

  /** Returns all values, oldest first, and empties the queue. */
  take(): T[] {
    return this.#values.splice(0);
  }
}
