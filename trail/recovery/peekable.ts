/**
 * A stream whose next value can be inspected.
 *
 * @module
 */

/** A stream with its next value in `value`. Call {@link Peekable.next} to move on. */
export class Peekable<Value> {
  /** The next value; undefined at the end. */
  value: Value | undefined = undefined;
  readonly #iterator: AsyncIterator<Value> | null;

  private constructor(source: AsyncIterable<Value> | null) {
    this.#iterator = source === null ? null : source[Symbol.asyncIterator]();
  }

  /** Reads the first value. Without a source, the stream is empty. */
  static async of<Value>(source: AsyncIterable<Value> | null): Promise<Peekable<Value>> {
    const stream = new Peekable(source);
    await stream.next();
    return stream;
  }

  /** Moves on to the following value. */
  async next(): Promise<void> {
    if (this.#iterator === null) return;
    const { value, done } = await this.#iterator.next();
    this.value = done ? undefined : value;
  }

  /** Closes the stream without reading the rest. */
  async close(): Promise<void> {
    this.value = undefined;
    await this.#iterator?.return?.();
  }
}
