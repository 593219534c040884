/**
 * One BTP session over a WebSocket. Both sides use this class. It matches responses to requests by id, passes the peer's requests to a
 * handler, and sends pings to notice a dead connection.
 *
 * Held: at most `maxPending` own requests (one more is refused as `busy`), and at most `maxIncoming` requests or 4 MiB of the peer. Above
 * that limit, and while 256 KiB of answers wait because the peer does not read them, the socket is paused.
 *
 * @module
 */
import { messageOf } from "../../base/thrown.ts";
import {
  DEFAULT_FRAME_LIMITS,
  emptyResponse,
  errorFrame,
  type Frame,
  FrameError,
} from "../../protocols/btp/frame.ts";
import type { Wire } from "../../protocols/btp/wire.ts";
import { PacketError } from "../../protocols/ilp/packet_error.ts";
import { RateLimit } from "../../base/rate_limit.ts";
import { BtpError } from "./btp_error.ts";
import { keepAlive } from "./keep_alive.ts";
import { packetIn, packetOut, unreadable } from "./packet_form.ts";
import { asBytes } from "./message_bytes.ts";
import { PendingRequests } from "./pending_requests.ts";
import { SocketWriter } from "./socket_writer.ts";
import type { FrameSocket } from "../socket/frame_socket.ts";
import { type BtpSessionOptions, type Content, MAX_FRAME_BYTES } from "./btp_session_options.ts";

/** The most bytes of the peer's unanswered requests. The last read from the socket may exceed it. */
const MAX_INCOMING_BYTES = 4_194_304;
/**
 * The most bytes that a request may carry in addition to its packet. A claim has about 800 bytes. The limit is needed because the session
 * keeps the whole request, also protocol data that nobody reads, until the packet is answered.
 */
const MAX_BESIDE_PACKET_BYTES = 16_384;

/** A session on an open socket. */
export class BtpSession {
  readonly #socket: FrameSocket;
  readonly #writer: SocketWriter;
  readonly #options: BtpSessionOptions;
  readonly #pending: PendingRequests;
  readonly #incoming = new Set<number>();
  #incomingBytes = 0;
  readonly #stopPings: () => void;
  #wire: Wire | null;
  /** Limits TRANSFER frames: they carry no packet, but each must be answered. */
  readonly #empty = new RateLimit(20, 5);
  #closed: string | null = null;

  /** Listens to the socket's events from now on. */
  constructor(socket: FrameSocket, options: BtpSessionOptions) {
    this.#socket = socket;
    this.#writer = new SocketWriter(socket, options.timers);
    this.#options = options;
    this.#wire = typeof options.wire === "function" ? null : options.wire;
    this.#pending = new PendingRequests(options.timers, options.maxPending ?? 1_024);
    let failure = "";
    socket.on("error", (error: Error) => failure = error.message);
    socket.on("message", (data, isBinary) => {
      if (isBinary) return this.#onBytes(asBytes(data));
      this.#breach(new BtpError("frame", "Cannot read BTP frame: a text message"), 1003);
    });
    socket.on("close", (code: number, reason) => {
      const words = failure || (reason as { toString(): string }).toString();
      this.#end(
        words === "" ? `closed with code ${code}` : `${words} (code ${code})`,
      );
    });
    this.#stopPings = keepAlive(
      socket,
      options.timers,
      options.pingMs ?? 30_000,
      () => this.terminate("no message for 10 s after a ping"),
      options.onPong,
    );
  }

  /** The wire; null until the peer's first frame shows it. */
  get wire(): Wire | null {
    return this.#wire;
  }

  /** Why the session ended; null while it is open. */
  get closed(): string | null {
    return this.#closed;
  }

  /** Own requests that wait for an answer, and requests of the peer that are being answered. */
  get inFlight(): number {
    return this.#pending.size + this.#incoming.size;
  }

  /**
   * Null if the socket can send more now. Otherwise a promise that resolves when it can, or when the session has ended. All waiting callers
   * share one promise.
   */
  writable(): Promise<void> | null {
    return this.#writer.writable();
  }

  /** Whether the peer has as many unanswered requests, or bytes of them, as allowed. */
  get #laden(): boolean {
    const { maxIncoming = 256 } = this.#options;
    return this.#incoming.size >= maxIncoming || this.#incomingBytes >= MAX_INCOMING_BYTES;
  }

  /**
   * Sends a MESSAGE and waits for its RESPONSE.
   *
   * @throws {BtpError} `peer_error`, `timeout`, `closed`, `busy`, `frame`
   */
  request(content: Content, timeoutMs: number): Promise<Frame> {
    return this.requestFrame(
      (requestId) => ({ type: "message", requestId, ...content }),
      timeoutMs,
    );
  }

  /** The same as {@link request}, with a frame that the caller makes. */
  requestFrame(
    make: (requestId: number) => Frame,
    timeoutMs: number,
  ): Promise<Frame> {
    if (this.#closed !== null) {
      return Promise.reject(new BtpError("closed", `The session is closed: ${this.#closed}`));
    }
    return this.#pending.ask((requestId) => this.#send(make(requestId)), timeoutMs);
  }

  /** Answers with an ERROR frame. */
  error(requestId: number, code: string, name: string, words = ""): void {
    this.#send(
      errorFrame(requestId, code, name, this.#options.timers.now(), words),
    );
  }

  /** Closes the session with a WebSocket close frame. If the peer does not answer within 2 s, the connection is cut. */
  close(code = 1000, reason = "done"): void {
    if (this.#closed !== null) return;
    const socket = this.#socket;
    // A paused socket would never read the other side's close frame.
    socket.resume();
    this.#writer.flush();
    socket.close(code, reason);
    const cancel = this.#options.timers.after(2_000, () => socket.terminate());
    socket.once("close", cancel);
    this.#end(reason);
  }

  /** Cuts the connection without a close frame. */
  terminate(reason: string): void {
    this.#writer.flush();
    this.#socket.terminate();
    this.#end(reason);
  }

  #send(frame: Frame): void {
    const wire = this.#wire;
    if (wire === null) throw new BtpError("frame", "The session's wire is not known yet");
    const { packet } = frame;
    this.#writer.send(wire.encodeFrame(
      packet === undefined ? frame : { ...frame, packet: packetOut(wire, packet) },
    ));
  }

  #onBytes(bytes: Uint8Array): void {
    if (this.#closed !== null) return;
    const wire = this.#wireOf(bytes);
    if (wire === null) {
      return this.#breach(new BtpError("frame", "The first frame belongs to no known wire"), 1002);
    }
    let frame: Frame;
    try {
      frame = wire.decodeFrame(bytes, {
        ...DEFAULT_FRAME_LIMITS,
        maxFrameBytes: this.#options.maxFrameBytes ?? MAX_FRAME_BYTES,
      });
    } catch (error) {
      const fault = new BtpError("frame", messageOf(error));
      const requestId = error instanceof FrameError ? error.requestId : undefined;
      if (requestId === undefined) return this.#breach(fault, 1002);
      this.#options.onFault?.(fault);
      return this.error(requestId, "F00", "NotAcceptedError", fault.message);
    }
    const besideBytes = bytes.length - (frame.packet?.length ?? 0);
    if (frame.type === "message" && besideBytes > MAX_BESIDE_PACKET_BYTES) {
      const most = `${MAX_BESIDE_PACKET_BYTES} are allowed`;
      const fault = new BtpError(
        "frame",
        `${besideBytes} bytes beside the packet, at most ${most}`,
      );
      this.#options.onFault?.(fault);
      return this.error(frame.requestId, "F00", "NotAcceptedError", fault.message);
    }
    if (frame.packet !== undefined) {
      try {
        frame = { ...frame, packet: packetIn(wire, frame.packet) };
      } catch (error) {
        if (!(error instanceof PacketError)) throw error;
        // An unreadable answer is passed on unchanged: the request that waits for it judges it.
        if (frame.type === "message") return this.#refuse(wire, frame.requestId, error);
      }
    }
    if (frame.type === "transfer" && !this.#empty.take(this.#options.timers.now())) {
      return this.#breach(new BtpError("frame", "Too many TRANSFER frames"), 1008);
    }
    if (frame.type === "message" || frame.type === "transfer") {
      void this.#serve(frame, bytes.length);
      return;
    }
    const fault = this.#pending.answer(frame);
    if (fault !== null) this.#options.onFault?.(fault);
  }

  #wireOf(bytes: Uint8Array): Wire | null {
    const { wire } = this.#options;
    if (this.#wire === null && typeof wire === "function") this.#wire = wire(bytes);
    return this.#wire;
  }

  #refuse(wire: Wire, requestId: number, error: PacketError): void {
    this.#options.onFault?.(new BtpError("frame", error.message));
    const packet = unreadable(wire, error);
    this.#writer.send(wire.encodeFrame({ type: "response", requestId, protocolData: [], packet }));
  }

  async #serve(frame: Frame, sizeBytes: number): Promise<void> {
    const { requestId } = frame;
    const { onMessage, onFault } = this.#options;
    if (this.#incoming.has(requestId)) {
      onFault?.(
        new BtpError(
          "duplicate_request",
          `Request ${requestId} is already in progress`,
        ),
      );
      return this.error(
        requestId,
        "F00",
        "NotAcceptedError",
        "duplicate request id",
      );
    }
    this.#incoming.add(requestId);
    this.#incomingBytes += sizeBytes;
    if (this.#laden) this.#socket.pause();
    try {
      const content = frame.type === "transfer" ? null : await onMessage(frame, this.#wire!.name);
      if (frame.type === "transfer") this.#send(emptyResponse(requestId));
      if (content !== null) {
        this.#send({ type: "response", requestId, ...content });
      }
    } catch (error) {
      const code = error instanceof BtpError && error.peerCode !== null ? error.peerCode : "T00";
      this.error(
        requestId,
        code,
        code === "F00" ? "NotAcceptedError" : "UnreachableError",
      );
    } finally {
      this.#incoming.delete(requestId);
      this.#incomingBytes -= sizeBytes;
      // If the peer does not read our answers, we stop reading its requests, so that answers cannot pile up here.
      if (this.#writer.full) this.#socket.pause();
      await this.writable();
      if (this.#socket.isPaused && !this.#laden && !this.#writer.full) {
        this.#socket.resume();
      }
    }
  }

  #breach(error: BtpError, code: number): void {
    this.#options.onFault?.(error);
    this.close(code, "protocol error");
  }

  #end(reason: string): void {
    if (this.#closed !== null) return;
    this.#closed = reason;
    this.#writer.end();
    this.#stopPings();
    this.#pending.end(reason);
    this.#options.onClosed(reason);
  }
}
