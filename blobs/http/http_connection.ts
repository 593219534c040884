/**
 * One HTTP/1.1 connection of a server or a client. Heads and bodies are read one after the other, each with a time limit.
 *
 * The connection is closed if the peer sends or accepts nothing for `idleMs`, or if it is slower than `leastBytesPerSecond` after
 * `graceMs`. The pending read or write then rejects with {@link ConnectionStalled}. Held: one buffer of 256 KiB.
 *
 * @module
 */
import { HttpHeadError, MAX_HEAD_BYTES } from "./http_head.ts";

/** How slow a peer may be. */
export interface Pace {
  /** Between two bytes. */
  readonly idleMs: number;
  /** Average for one body, after `graceMs`. */
  readonly leastBytesPerSecond: number;
  readonly graceMs: number;
}

/** The underlying connection. */
type Wire = Pick<Deno.Conn, "read" | "write" | "close">;

const BUFFER_BYTES = 1 << 18;

/** See the module. */
export class HttpConnection {
  readonly #wire: Wire;
  readonly #pace: Pace;
  readonly #buffer = new Uint8Array(BUFFER_BYTES);
  #from = 0;
  #to = 0;
  #closed = false;
  #stalled = false;

  /** Takes over the connection. */
  constructor(wire: Wire, pace: Pace) {
    this.#wire = wire;
    this.#pace = pace;
  }

  /** Whether this end has closed it. */
  get closed(): boolean {
    return this.#closed;
  }

  /**
   * Reads the next head with its empty line; null if the peer closed the connection between two messages. Rejects if it takes longer than
   * `withinMs`.
   */
  async head(withinMs: number): Promise<Uint8Array | null> {
    using _limit = this.#limit(withinMs);
    for (;;) {
      const end = endOfHead(this.#buffer, this.#from, this.#to);
      const bytes = (end === -1 ? this.#to : end) - this.#from;
      if (bytes > MAX_HEAD_BYTES) throw new HttpHeadError("the head is too long");
      if (end !== -1) {
        const head = this.#buffer.slice(this.#from, end);
        this.#from = end;
        return head;
      }
      if (await this.#fill() === null) {
        if (bytes === 0) return null;
        throw new HttpHeadError("the connection ended within a head");
      }
    }
  }

  /** Yields the next `length` bytes in pieces, each valid until the next one. Throws {@link ConnectionEnded} if they do not arrive. */
  async *body(length: number): AsyncGenerator<Uint8Array> {
    const started = performance.now();
    for (let left = length; left > 0;) {
      if (this.#to === this.#from) {
        using _limit = this.#limit(this.#pace.idleMs);
        if (await this.#fill() === null) throw new ConnectionEnded("the peer ended the connection");
      }
      const take = Math.min(left, this.#to - this.#from);
      const piece = this.#buffer.subarray(this.#from, this.#from + take);
      this.#from += take;
      left -= take;
      yield piece;
      this.#checkPace(started, length - left);
    }
  }

  /** Yields all bytes until the peer ends, in pieces, each valid until the next one. */
  async *rest(): AsyncGenerator<Uint8Array> {
    const started = performance.now();
    for (let size = 0;;) {
      if (this.#to === this.#from) {
        using _limit = this.#limit(this.#pace.idleMs);
        if (await this.#fill() === null) return;
      }
      const piece = this.#buffer.subarray(this.#from, this.#to);
      this.#from = this.#to;
      size += piece.length;
      yield piece;
      this.#checkPace(started, size);
    }
  }

  /** Reads the next line of a chunked body without its CR LF, at most 256 bytes. */
  async line(): Promise<string> {
    let text = "";
    for (;;) {
      for await (const [byte] of this.body(1)) text += String.fromCharCode(byte);
      if (text.endsWith("\r\n")) return text.slice(0, -2);
      if (text.length > 256) throw new HttpHeadError("a line of a chunked body is too long");
    }
  }

  /** Writes all bytes. */
  async write(bytes: Uint8Array): Promise<void> {
    try {
      for (let at = 0; at < bytes.length;) {
        using _limit = this.#limit(this.#pace.idleMs);
        at += await this.#wire.write(bytes.subarray(at));
      }
    } catch (error) {
      throw this.#whyNot(error);
    }
  }

  /** Closes it; pending reads and writes reject. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    try {
      this.#wire.close();
    } catch {
      // It is already closed.
    }
  }

  /** Closes the connection if the peer is too slow. Called after each piece that is written or read. */
  #checkPace(started: number, bytes: number): void {
    const tookMs = performance.now() - started;
    const { graceMs, leastBytesPerSecond } = this.#pace;
    if (tookMs > graceMs && bytes < (tookMs - graceMs) / 1_000 * leastBytesPerSecond) {
      this.#stalled = true;
      this.close();
      throw new ConnectionStalled("the peer is too slow");
    }
  }

  /** Writes pieces one after the other. Fails if the peer accepts them too slowly. */
  async writeAll(pieces: AsyncIterable<Uint8Array>): Promise<void> {
    const started = performance.now();
    let size = 0;
    for await (const piece of pieces) {
      await this.write(piece);
      size += piece.length;
      this.#checkPace(started, size);
    }
  }

  async #fill(): Promise<number | null> {
    if (this.#from > 0) {
      this.#buffer.copyWithin(0, this.#from, this.#to);
      this.#to -= this.#from;
      this.#from = 0;
    }
    try {
      const read = await this.#wire.read(this.#buffer.subarray(this.#to));
      if (read !== null) this.#to += read;
      return read;
    } catch (error) {
      throw this.#whyNot(error);
    }
  }

  #limit(ms: number): Disposable {
    const timer = setTimeout(() => {
      this.#stalled = true;
      this.close();
    }, ms);
    return { [Symbol.dispose]: () => clearTimeout(timer) };
  }

  #whyNot(error: unknown): unknown {
    if (this.#stalled) return new ConnectionStalled("the peer is too slow");
    if (this.#closed) return new ConnectionEnded("the connection was closed");
    return error instanceof Error && !(error instanceof TypeError)
      ? new ConnectionEnded("the connection broke", { cause: error })
      : error;
  }
}

/** The end of the head, after its empty line; -1 if it is not complete. */
function endOfHead(bytes: Uint8Array, from: number, to: number): number {
  for (let at = bytes.indexOf(10, from); at !== -1 && at < to; at = bytes.indexOf(10, at + 1)) {
    if (at >= 3 && bytes[at - 1] === 13 && bytes[at - 2] === 10 && bytes[at - 3] === 13) {
      return at + 1;
    }
  }
  return -1;
}

/** The peer was too slow. */
export class ConnectionStalled extends Error {
  /** Always `ConnectionStalled`. */
  override readonly name = "ConnectionStalled";
}

/** The peer ended the connection within a message. */
export class ConnectionEnded extends Error {
  /** Always `ConnectionEnded`. */
  override readonly name = "ConnectionEnded";
}
