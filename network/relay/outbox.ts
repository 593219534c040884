/**
 * What waits to be sent to one client.
 *
 * Holds `maxBufferedBytes` (4 MiB); above, the client is dropped as too slow. Messages of one turn of the event loop leave in one write.
 *
 * @module
 */
import type { Buffer } from "node:buffer";
import type { Duplex } from "node:stream";
import type { WebSocket } from "ws";
import type { RelayServerLimits } from "./limits.ts";

/** Bytes in the socket's buffer above which no further stored event is read. */
const STORED_HIGH_WATER = 262_144;

/** The sending side of one connection. */
export class Outbox {
  readonly #socket: WebSocket;
  readonly #stream: Duplex;
  readonly #limits: RelayServerLimits;
  readonly #overflow: () => void;
  readonly #sent: (bytes: number) => void;
  #corked = false;
  #closed = false;

  /** Over an open socket and the stream beneath it. */
  constructor(
    socket: WebSocket,
    stream: Duplex,
    limits: RelayServerLimits,
    hooks: { readonly overflow: () => void; readonly sent: (bytes: number) => void },
  ) {
    this.#socket = socket;
    this.#stream = stream;
    this.#limits = limits;
    this.#overflow = hooks.overflow;
    this.#sent = hooks.sent;
  }

  /** Sends one message: text, or its UTF-8. */
  send(message: string | Buffer): void {
    if (this.#closed) return;
    this.#cork();
    this.#socket.send(message, { binary: false });
    this.#sent(message.length);
    if (this.#socket.bufferedAmount > this.#limits.maxBufferedBytes) this.#overflow();
  }

  /** Whether so much waits that the reading of stored events should. */
  get full(): boolean {
    return this.#socket.bufferedAmount > STORED_HIGH_WATER;
  }

  /** Waits until the client took what is buffered; false when it took nothing in time. */
  drained(): Promise<boolean> {
    this.#uncork();
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), this.#limits.maxStallMs);
      // An empty ping is sent after everything before it, so its callback says that the buffer went out.
      this.#socket.ping("", false, () => {
        clearTimeout(timer);
        resolve(true);
      });
    });
  }

  /** Sends last words and closes. A peer that reads nothing does not read the close frame either: it is cut after the grace. */
  close(code: number, reason: string, lastWords: readonly string[]): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const words of lastWords) this.#socket.send(words);
    this.#socket.close(code, reason);
    this.#uncork();
    const timer = setTimeout(() => this.#socket.terminate(), this.#limits.closeGraceMs);
    this.#socket.once("close", () => clearTimeout(timer));
  }

  #cork(): void {
    if (this.#corked) return;
    this.#corked = true;
    this.#stream.cork();
    queueMicrotask(() => this.#uncork());
  }

  #uncork(): void {
    if (!this.#corked) return;
    this.#corked = false;
    this.#stream.uncork();
  }
}
