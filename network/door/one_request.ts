/**
 * The HTTP server's side of one connection: it reads the head of the first request and nothing after it.
 *
 * An HTTP/1.1 client may send thousands of requests in one packet. `node:http` answers all that it has read before it closes the
 * connection, within one turn of the event loop: a few hundred kilobytes stopped a server for seconds. So a head is looked for
 * here, and what follows it never reaches the parser. It is there for whoever takes the connection over ({@link OneRequest.release}).
 *
 * Held: one head of at most `MAX_HEAD_BYTES` and what the same read of the socket brought.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { Duplex } from "node:stream";

/** A longer head ends the connection; `node:http` has the same limit. */
const MAX_HEAD_BYTES = 16_384;

const END_OF_HEAD = "\r\n\r\n";

/** What a connection is for the HTTP server: its first head to read, and everything to write. */
export class OneRequest extends Duplex {
  /** What lies beneath: the socket, or its TLS stream. */
  readonly stream: Duplex;
  /** What its maker calls the connection. */
  readonly name: string;
  #seen: Buffer = Buffer.alloc(0);
  #released = false;

  /** Takes over the stream's data. */
  constructor(stream: Duplex, name: string) {
    super({ allowHalfOpen: true });
    this.stream = stream;
    this.name = name;
    stream.on("data", this.#take);
    stream.once("end", () => this.#released || this.push(null));
    stream.once("close", () => this.#released || this.destroy());
  }

  /** Gives the stream up to another reader, and what was read of it behind the head. Nothing is done with it here any more. */
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
    // What comes now is for who takes the stream over; nobody reads it until then.
    this.stream.off("data", this.#take);
    this.stream.pause();
    this.push(head);
  };

  /** The stream pushes. */
  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    this.stream.write(chunk, done);
  }

  override _final(done: (error?: Error | null) => void): void {
    if (this.#released) return done();
    // What the client still sends is not read, so its end is not waited for either.
    (this.stream as Duplex & { destroySoon?: () => void }).destroySoon?.();
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    if (!this.#released) this.stream.destroy();
    done(error);
  }
}
