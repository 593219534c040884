/**
 * The messages that wait to be sent to one client.
 *
 * Holds at most `maxBufferedBytes` (4 MiB). Above that, the client is dropped as too slow. All messages of one turn of the event loop are
 * sent in one write.
 *
 * @module
 */
import type { Buffer } from "node:buffer";
import type { Duplex } from "node:stream";
import type { WebSocket } from "ws";
import type { RelayServerLimits } from "./limits.ts";

/** Above this many bytes in the socket's buffer, no more stored events are read. */
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

  /** Sends over an open WebSocket; `stream` is its TCP or TLS stream. */
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

  /** Sends one message: a text, or its UTF-8 bytes. */
  send(message: string | Buffer): void {
    if (this.#closed) return;
    this.#cork();
    this.#socket.send(message, { binary: false });
    this.#sent(message.length);
    if (this.#socket.bufferedAmount > this.#limits.maxBufferedBytes) this.#overflow();
  }

  /** Whether the reading of stored events should wait. */
  get full(): boolean {
    return this.#socket.bufferedAmount > STORED_HIGH_WATER;
  }

  /** Waits until the client has accepted the buffered bytes. False if it does not within `maxStallMs`. */
  drained(): Promise<boolean> {
    this.#uncork();
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), this.#limits.maxStallMs);
      // The ping is sent after all earlier messages, so its callback shows that the buffer was sent.
      this.#socket.ping("", false, () => {
        clearTimeout(timer);
        resolve(true);
      });
    });
  }

  /** Sends last messages and closes. A client that reads nothing, and so not even the close frame, is cut after `closeGraceMs`. */
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
