/**
 * Reads bytes from a stream by number or up to a mark. Held: bytes that were read and not taken, at most one chunk beyond what a call asks
 * for.
 *
 * @module
 */

/** Reads a byte stream piece by piece. */
export class ByteReader {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  #chunks: Uint8Array[] = [];
  #held = 0;
  #ended = false;

  /** Takes over the stream. */
  constructor(stream: ReadableStream<Uint8Array>) {
    this.#reader = stream.getReader();
  }

  /** Returns the next byte without taking it, or -1 at the end. */
  async peek(): Promise<number> {
    await this.#hold(1);
    return this.#held === 0 ? -1 : this.#chunks[0][0];
  }

  /** Returns exactly `length` bytes in their own array, or fewer at the end. */
  async take(length: number): Promise<Uint8Array> {
    await this.#hold(length);
    const taken = new Uint8Array(Math.min(length, this.#held));
    let offset = 0;
    while (offset < taken.length) {
      const chunk = this.#chunks[0].subarray(0, taken.length - offset);
      taken.set(chunk, offset);
      offset += chunk.length;
      this.#drop(chunk.length);
    }
    return taken;
  }

  /** Skips `length` bytes without holding them; false if the stream ended before. */
  async skip(length: number): Promise<boolean> {
    for (let left = length; left > 0;) {
      await this.#hold(1);
      if (this.#held === 0) return false;
      const step = Math.min(left, this.#chunks[0].length);
      this.#drop(step);
      left -= step;
    }
    return true;
  }

  /** Returns the bytes before the next `mark` and skips the mark; null if there is none within `limit` bytes. */
  async until(mark: number, limit: number): Promise<Uint8Array | null> {
    for (let size = 64;; size = Math.min(size * 2, limit + 1)) {
      await this.#hold(size);
      let before = 0;
      for (const chunk of this.#chunks) {
        const at = chunk.indexOf(mark);
        if (at >= 0) {
          if (before + at > limit) return null;
          const bytes = await this.take(before + at);
          this.#drop(1);
          return bytes;
        }
        before += chunk.length;
        if (before > limit) return null;
      }
      if (this.#ended) return null;
    }
  }

  /** Returns all remaining bytes, or null if there are more than `limit`; the rest is then not read. */
  async rest(limit: number): Promise<Uint8Array | null> {
    const bytes = await this.take(limit + 1);
    return bytes.length > limit ? null : bytes;
  }

  /** Cancels the stream. */
  async cancel(): Promise<void> {
    this.#ended = true;
    await this.#reader.cancel();
  }

  async #hold(length: number): Promise<void> {
    while (this.#held < length && !this.#ended) {
      const { done, value } = await this.#reader.read();
      if (done) this.#ended = true;
      else if (value.length > 0) {
        this.#chunks.push(value);
        this.#held += value.length;
      }
    }
  }

  #drop(length: number): void {
    const [first] = this.#chunks;
    this.#held -= length;
    if (length === first.length) this.#chunks.shift();
    else this.#chunks[0] = first.subarray(length);
  }
}
