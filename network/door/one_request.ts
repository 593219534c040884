/**
 * The stream that the HTTP server reads for one connection. It contains only the head of the first request.
 *
 * An HTTP/1.1 client may send thousands of requests in one packet. `node:http` answers all requests that it has read within one turn of the
 * event loop, before it closes the connection: a few hundred kilobytes blocked a server for seconds. So this stream searches the end of the
 * first head, and the bytes after it never reach the parser. They are kept for the next owner of the connection ({@link
 * OneRequest.release}).
 *
 * Held: one head of at most `MAX_HEAD_BYTES`, and the rest of the same read of the socket.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { Duplex } from "node:stream";

/** A longer head ends the connection; `node:http` has the same limit. */
const MAX_HEAD_BYTES = 16_384;

const END_OF_HEAD = "\r\n\r\n";

/** A connection for the HTTP server: it can read the first head only, and write everything. */
export class OneRequest extends Duplex {
  /** The socket, or its TLS stream. */
  readonly stream: Duplex;
  /** The name that the caller gave the connection. */
  readonly name: string;
  #seen: Buffer = Buffer.alloc(0);
  #released = false;

  /** Reads the stream's data from now on. */
  constructor(stream: Duplex, name: string) {
    super({ allowHalfOpen: true });
    this.stream = stream;
    this.name = name;
    stream.on("data", this.#take);
    stream.once("end", () => this.#released || this.push(null));
    stream.once("close", () => this.#released || this.destroy());
  }

  /** Releases the stream to another reader, paused. Returns the bytes that were read after the head. */
  release(): Buffer {
    this.#released = true;
    this.stream.off("data", this.#take);
    this.stream.pause();
    const rest = this.#seen;
    this.#seen = Buffer.alloc(0);
    return rest;
  }

  readonly #take = (chunk: Buffer): void => {
    const start = Math.max(0, this.#seen.length - END_OF_HEAD.length);
    this.#seen = this.#seen.length === 0 ? chunk : Buffer.concat([this.#seen, chunk]);
    const found = this.#seen.indexOf(END_OF_HEAD, start);
    const headBytes = found < 0 ? this.#seen.length : found + END_OF_HEAD.length;
    if (headBytes > MAX_HEAD_BYTES) return void this.stream.destroy();
    if (found < 0) return;
    const head = this.#seen.subarray(0, headBytes);
    this.#seen = this.#seen.subarray(headBytes);
    // Later bytes are for the next owner of the stream. Until then, nothing reads them.
    this.stream.off("data", this.#take);
    this.stream.pause();
    this.push(head);
  };

  /** Nothing to do: data is pushed when it arrives. */
  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    this.stream.write(chunk, done);
  }

  override _final(done: (error?: Error | null) => void): void {
    if (this.#released) return done();
    // Further bytes of the client are not read, so its end of the stream is not waited for.
    (this.stream as Duplex & { destroySoon?: () => void }).destroySoon?.();
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    if (!this.#released) this.stream.destroy();
    done(error);
  }
}
