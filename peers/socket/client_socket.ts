/**
 * A WebSocket client over the runtime's own TCP and TLS. Messages have a size limit that holds before their bytes are kept, reading can be
 * paused, redirects are not followed, and no extension is used. Deno's own WebSocket buffers without a limit and delays small frames; npm
 * `ws`, which servers use, loads Node's HTTP, TLS and compression, which cost a new worker 45 ms and 5 MB.
 *
 * Held: the message that has not ended, at most `maxPayload`, and frames that the other side has not read. Its pings are not answered
 * while 64 KiB of frames wait.
 *
 * @module
 */
import { errorOf } from "../../base/thrown.ts";
import { closePayload, OPCODE } from "../../protocols/websocket/frame.ts";
import { FrameReader } from "../../protocols/websocket/frame_reader.ts";
import { WebSocketError } from "../../protocols/websocket/socket_error.ts";
import { type ConnectOptions, openConnection } from "./connect.ts";
import { FrameWriter } from "./frame_writer.ts";
import type { FrameSocket } from "./frame_socket.ts";

/** A socket's settings. */
export interface ClientSocketOptions extends ConnectOptions {
  /** The most bytes of a message. */
  readonly maxPayload: number;
  /** How long the connection may take, in milliseconds; 0 for no limit. */
  readonly handshakeTimeout: number;
  /** After our close frame, the other side has this many milliseconds to end the connection. Default: 30,000. */
  readonly closeTimeout?: number;
}

interface Listeners {
  /** `date` is the `Date` header of the answer. */
  open(date: string | undefined): void;
  /** `data` is a string if the message is text. */
  message(data: Uint8Array | string, isBinary: boolean): void;
  ping(): void;
  pong(): void;
  error(error: Error): void;
  /** The last event, exactly once. 1006 means that the connection ended without a close frame. */
  close(code: number, reason: string): void;
}

const STATE = { connecting: 0, open: 1, closing: 2, closed: 3 } as const;
const CLOSE_MS = 30_000;
const READ_BYTES = 65_536;
const PONG_BELOW_BYTES = 65_536;

/** A connection that is being made, or is open. Failures are reported by `error` and then `close`, never thrown. */
export class ClientSocket implements FrameSocket {
  readonly OPEN = STATE.open;
  #state: typeof STATE[keyof typeof STATE] = STATE.connecting;
  readonly #options: ClientSocketOptions;
  readonly #listeners: { [Event in keyof Listeners]?: Set<Listeners[Event]> } = {};
  readonly #cut = new AbortController();
  readonly #writer: FrameWriter;
  #connection: Deno.Conn | null = null;
  #resumed: PromiseWithResolvers<void> | null = null;
  #isCloseSent = false;
  #closed: { readonly code: number; readonly reason: string } | null = null;
  #failure: Error | null = null;
  #closeTimer: ReturnType<typeof setTimeout> | undefined;

  /** Begins to connect. */
  constructor(url: string, options: ClientSocketOptions) {
    this.#options = options;
    this.#writer = new FrameWriter((error) => {
      if (!this.#cut.signal.aborted) this.#failure ??= errorOf(error);
      this.terminate();
    });
    void this.#run(new URL(url));
  }

  /** 0 while connecting, 1 while open, 2 while closing, 3 when closed. */
  get readyState(): number {
    return this.#state;
  }

  /** Whether it reads nothing now. */
  get isPaused(): boolean {
    return this.#resumed !== null;
  }

  /** Bytes of frames that were not written yet. */
  get bufferedAmount(): number {
    return this.#writer.bufferedBytes;
  }

  /** Adds a listener. */
  on<Event extends keyof Listeners>(event: Event, listener: Listeners[Event]): this {
    ((this.#listeners[event] ??= new Set() as never) as Set<Listeners[Event]>).add(listener);
    return this;
  }

  /** Adds a listener for an event that happens once: `open` or `close`. */
  once<Event extends "open" | "close">(event: Event, listener: Listeners[Event]): this {
    return this.on(event, listener);
  }

  /** Removes a listener. */
  off<Event extends keyof Listeners>(event: Event, listener: Listeners[Event]): this {
    this.#listeners[event]?.delete(listener);
    return this;
  }

  /** Sends bytes as a binary message and a string as text. Dropped unless the socket is open. */
  send(data: Uint8Array | string): void {
    if (this.#state !== STATE.open) return;
    if (typeof data === "string") this.#writer.add(OPCODE.text, new TextEncoder().encode(data));
    else this.#writer.add(OPCODE.binary, data);
  }

  /** Sends a ping. Dropped unless the socket is open. */
  ping(): void {
    if (this.#state === STATE.open) this.#writer.add(OPCODE.ping, new Uint8Array(0));
  }

  /** Collects frames until {@link ClientSocket.uncork}, so that they are sent in one write. */
  cork(): void {
    this.#writer.cork();
  }

  /** Begins to write what was collected. */
  uncork(): void {
    this.#writer.uncork();
  }

  /** See {@link FrameSocket}. */
  pause(): void {
    this.#resumed ??= Promise.withResolvers();
  }

  /** Reads again. */
  resume(): void {
    this.#resumed?.resolve();
    this.#resumed = null;
  }

  /** See {@link FrameSocket}. */
  close(code = 1000, reason = ""): void {
    if (this.#state === STATE.connecting) return this.terminate();
    if (this.#state !== STATE.open) return;
    this.#state = STATE.closing;
    this.#sendClose(closePayload(code, reason));
  }

  /** See {@link FrameSocket}. */
  terminate(): void {
    if (this.#state === STATE.closed) return;
    if (this.#state === STATE.connecting) {
      this.#failure ??= new Error("WebSocket was closed before the connection was established");
    }
    this.#state = STATE.closing;
    this.#cut.abort();
    this.resume();
    this.#disconnect();
  }

  async #run(url: URL): Promise<void> {
    try {
      const { connection, date, rest } = await this.#connect(url);
      this.#connection = connection;
      if (this.#cut.signal.aborted) return;
      this.#writer.begin(connection);
      this.#state = STATE.open;
      this.#emit("open", date);
      // Who waited for `open` may add its listeners in a later microtask.
      await nextTurn();
      await this.#readFrom(connection, rest);
    } catch (error) {
      this.#failure ??= this.#cut.signal.aborted ? null : errorOf(error);
    } finally {
      await this.#end();
    }
  }

  async #connect(url: URL) {
    const { handshakeTimeout } = this.#options;
    const late = handshakeTimeout === 0 ? undefined : setTimeout(() => {
      this.#failure ??= new Error("Opening handshake has timed out");
      this.#cut.abort();
    }, handshakeTimeout);
    try {
      return await openConnection(url, this.#options, this.#cut.signal);
    } finally {
      clearTimeout(late);
    }
  }

  /** Reads until the other side ends the connection, or its first fault. */
  async #readFrom(connection: Deno.Conn, rest: Uint8Array): Promise<void> {
    const reader = new FrameReader(this.#options.maxPayload, {
      message: (data) => {
        if (!this.#cut.signal.aborted) this.#emit("message", data, typeof data !== "string");
      },
      ping: (payload) => {
        this.#emit("ping");
        if (this.#state === STATE.open && this.#writer.bufferedBytes < PONG_BELOW_BYTES) {
          this.#writer.add(OPCODE.pong, payload);
        }
      },
      pong: () => this.#emit("pong"),
      close: (code, reason) => {
        this.#closed = { code, reason };
        if (this.#state === STATE.open) this.#state = STATE.closing;
        this.#sendClose(code === 1005 ? new Uint8Array(0) : closePayload(code, ""));
      },
    });
    const buffer = new Uint8Array(READ_BYTES);
    let bytes = rest;
    try {
      while (true) {
        if (this.#closed === null) reader.read(bytes);
        await this.#resumed?.promise;
        if (this.#cut.signal.aborted) return;
        const count = await connection.read(buffer);
        if (count === null) return;
        bytes = buffer.subarray(0, count);
      }
    } catch (error) {
      if (!(error instanceof WebSocketError)) throw error;
      this.#state = STATE.closing;
      this.#sendClose(closePayload(error.code, ""));
      this.#emit("error", error);
      // What still comes is not read. Unread bytes would let the system cut the connection before our close frame arrives.
      while (await connection.read(buffer) !== null);
    }
  }

  #sendClose(payload: Uint8Array): void {
    if (this.#isCloseSent) return;
    this.#isCloseSent = true;
    this.#writer.add(OPCODE.close, payload);
    this.uncork();
    this.#closeTimer = setTimeout(
      () => this.terminate(),
      this.#options.closeTimeout ?? CLOSE_MS,
    );
  }

  #disconnect(): void {
    clearTimeout(this.#closeTimer);
    const connection = this.#connection;
    this.#connection = null;
    try {
      connection?.close();
    } catch {
      // It was closed already.
    }
  }

  async #end(): Promise<void> {
    // `terminate` may have been called within a listener: events then come after it has returned.
    await nextTurn();
    this.#state = STATE.closed;
    this.#cut.abort();
    this.#disconnect();
    this.#writer.end();
    if (this.#failure !== null) this.#emit("error", this.#failure);
    const { code, reason } = this.#closed ?? { code: 1006, reason: "" };
    this.#emit("close", code, reason);
  }

  #emit<Event extends keyof Listeners>(event: Event, ...args: Parameters<Listeners[Event]>): void {
    for (const listener of [...this.#listeners[event] ?? []]) {
      try {
        (listener as (...args: unknown[]) => void)(...args);
      } catch (error) {
        // A fault of this program is not one of the connection.
        reportError(error);
      }
    }
  }
}

const nextTurn = () => new Promise<void>((resolve) => globalThis.setImmediate(resolve));
