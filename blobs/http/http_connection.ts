/**
 * One HTTP/1.1 connection, as a server or a client has it: heads and bodies are read one after the other, each with a time limit.
 *
 * A peer that sends or takes nothing for `idleMs`, or that is slower than `leastBytesPerSecond` once `graceMs` are over, is cut: the
 * pending read or write rejects with {@link ConnectionStalled}. Held: one buffer of 256 KiB.
 *
 * @module
 */
import { HttpHeadError, MAX_HEAD_BYTES } from "./http_head.ts";

/** How slow a peer may be. */
export interface Pace {
  /** Between two bytes. */
  readonly idleMs: number;
  /** Of one body, on average, after `graceMs`. */
  readonly leastBytesPerSecond: number;
  readonly graceMs: number;
}

/** What is read of and written to. */
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

  /** Takes the connection over. */
  constructor(wire: Wire, pace: Pace) {
    this.#wire = wire;
    this.#pace = pace;
  }

  /** Whether it was closed at this end. */
  get closed(): boolean {
    return this.#closed;
  }

  /** The next head with its empty line; null where the peer ended between two messages. Rejects when it takes longer than `withinMs`. */
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

  /** Gives the next `length` bytes in pieces, each valid until the next one. Rejects with {@link ConnectionEnded} where they do not come. */
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

  /** Gives what comes until the peer ends, in pieces, each valid until the next one. */
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

  /** The next line without its CR LF, of at most 256 bytes: of a chunked body. */
  async line(): Promise<string> {
    let text = "";
    for (;;) {
      for await (const [byte] of this.body(1)) text += String.fromCharCode(byte);
      if (text.endsWith("\r\n")) return text.slice(0, -2);
      if (text.length > 256) throw new HttpHeadError("a line of a chunked body is too long");
    }
  }

  /** Writes all of it. */
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

  /** Ends it; what waits rejects. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    try {
      this.#wire.close();
    } catch {
      // The other end was faster.
    }
  }

  /** A peer that is too slow is cut, which is checked with each piece that is written or read. */
  #checkPace(started: number, bytes: number): void {
    const tookMs = performance.now() - started;
    const { graceMs, leastBytesPerSecond } = this.#pace;
    if (tookMs > graceMs && bytes < (tookMs - graceMs) / 1_000 * leastBytesPerSecond) {
      this.#stalled = true;
      this.close();
      throw new ConnectionStalled("the peer is too slow");
    }
  }

  /** Writes pieces one after the other, at the peer's pace, which must not be too slow. */
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

/** Where the head ends, behind its empty line; -1 where it does not yet. */
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
