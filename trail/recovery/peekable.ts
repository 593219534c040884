/**
 * A stream whose next value can be looked at.
 *
 * @module
 */

/** Reads on with {@link Peekable.next}; `value` is what comes, undefined at the end. */
export class Peekable<Value> {
  /** The value that comes; undefined at the end. */
  value: Value | undefined = undefined;
  readonly #iterator: AsyncIterator<Value> | null;

  private constructor(source: AsyncIterable<Value> | null) {
    this.#iterator = source === null ? null : source[Symbol.asyncIterator]();
  }

  /** Looks at the first value. No source is an empty one. */
  static async of<Value>(source: AsyncIterable<Value> | null): Promise<Peekable<Value>> {
    const stream = new Peekable(source);
    await stream.next();
    return stream;
  }

  /** Goes on to the value after this. */
  async next(): Promise<void> {
    if (this.#iterator === null) return;
    const { value, done } = await this.#iterator.next();
    this.value = done ? undefined : value;
  }

  /** Leaves the rest unread. */
  async close(): Promise<void> {
    this.value = undefined;
    await this.#iterator?.return?.();
  }
}
