/**
 * One BTP session over npm `ws`, the same for both sides: requests matched to responses by id, requests of the peer handed to a
 * handler, a ping that notices a dead line.
 *
 * Held: at most `maxPending` own requests (one more is refused as `busy`), and of the peer's `maxIncoming` or 4 MiB; above that, and
 * while 256 KiB of answers wait for a peer that does not read them, the socket is paused.
 *
 * @module
 */
import { messageOf } from "../../base/thrown.ts";
import { setImmediate } from "node:timers";
import type WebSocket from "ws";
import {
  DEFAULT_FRAME_LIMITS,
  emptyResponse,
  errorFrame,
  type Frame,
  FrameError,
  type ProtocolData,
} from "../../protocols/btp/frame.ts";
import type { Wire } from "../../protocols/btp/wire.ts";
import { PacketError } from "../../protocols/ilp/packet_error.ts";
import { RateLimit } from "../../base/rate_limit.ts";
import type { Timers } from "../../base/timers.ts";
import { reached } from "../../base/crash_point.ts";
import { BtpError } from "./btp_error.ts";
import { keepAlive } from "./keep_alive.ts";
import { packetIn, packetOut, unreadable } from "./packet_form.ts";
import { asBytes } from "./message_bytes.ts";
import { PendingRequests } from "./pending_requests.ts";

/** The largest WebSocket message that is read. */
export const MAX_FRAME_BYTES = 1_048_576;
/** Above this many unsent bytes nothing new is signed. */
const HIGH_WATER_BYTES = 262_144;
/** Bytes of the peer's requests under way. The last read of the socket may bring some more. */
const MAX_INCOMING_BYTES = 4_194_304;
/** What a request may carry beside its packet: a claim has 800 bytes, and what nobody reads is held as long as the packet. */
const MAX_BESIDE_PACKET_BYTES = 16_384;
const DRAIN_POLL_MS = 5;

/** What a message carries in either direction. */
export interface Content {
  readonly protocolData: readonly ProtocolData[];
  /** In ILPv4's form, whatever the session's wire. */
  readonly packet?: Uint8Array;
}

/** One session's settings. */
export interface BtpSessionOptions {
  /** Known, or told by the peer's first frame; where that is of no wire, the session is closed with 1002. */
  readonly wire: Wire | ((firstFrame: Uint8Array) => Wire | null);
  readonly timers: Timers;
  /** Answers a request of the peer; null is silence. A throw is answered as ERROR T00. */
  readonly onMessage: (frame: Frame, wire: Wire["name"]) => Promise<Content | null>;
  /** Called once, last. */
  readonly onClosed: (reason: string) => void;
  /** Told of frames that break the protocol; the session goes on where it can. */
  readonly onFault?: (error: BtpError) => void;
  /** Own requests that wait at once, 1,024 unless told. */
  readonly maxPending?: number;
  /** Requests of the peer under way at once, 256 unless told. */
  readonly maxIncoming?: number;
  /** Between pings, 30 s unless told; a line that is silent for 10 s after one is cut. */
  readonly pingMs?: number;
  /** The largest frame that is read, {@link MAX_FRAME_BYTES} unless told; the socket's `maxPayload` is the same. */
  readonly maxFrameBytes?: number;
}

interface Corkable {
  cork(): void;
  uncork(): void;
}

/** A session on an open socket. */
export class BtpSession {
  /** The socket while its writes are gathered. */
  #corked: Corkable | null = null;
  readonly #socket: WebSocket;
  readonly #options: BtpSessionOptions;
  readonly #pending: PendingRequests;
  readonly #incoming = new Set<number>();
  #incomingBytes = 0;
  readonly #stopPings: () => void;
  #wire: Wire | null;
  /** Frames that carry nothing and are answered all the same. */
  readonly #empty = new RateLimit(20, 5);
  #closed: string | null = null;
  #drained: Promise<void> | null = null;

  /** Takes over the socket's events. */
  constructor(socket: WebSocket, options: BtpSessionOptions) {
    this.#socket = socket;
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
      () => this.terminate("no sign of life for 10 s after a ping"),
    );
  }

  /** The wire; null until the peer's first frame told it. */
  get wire(): Wire | null {
    return this.#wire;
  }

  /** Why it ended, or null while it is open. */
  get closed(): string | null {
    return this.#closed;
  }

  /** Own requests that wait for an answer, and requests of the peer that are being answered. */
  get inFlight(): number {
    return this.#pending.size + this.#incoming.size;
  }

  /** Null when the socket takes more now, else a promise for when it does or the session ended; one for all who wait. */
  writable(): Promise<void> | null {
    if (!this.#full) return null;
    this.#drained ??= new Promise<void>((resolve) => {
      const look = () => {
        if (this.#full) return void this.#options.timers.after(DRAIN_POLL_MS, look);
        this.#drained = null;
        resolve();
      };
      this.#options.timers.after(DRAIN_POLL_MS, look);
    });
    return this.#drained;
  }

  get #full(): boolean {
    return this.#closed === null && this.#socket.bufferedAmount >= HIGH_WATER_BYTES;
  }

  /** Whether as many requests of the peer are under way as may be. */
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

  /** The same with a frame of the caller's making. */
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

  /** Ends it politely. */
  close(code = 1000, reason = "done"): void {
    if (this.#closed !== null) return;
    const socket = this.#socket;
    // A paused socket would never read the other side's close frame.
    socket.resume();
    this.#uncork();
    socket.close(code, reason);
    const cancel = this.#options.timers.after(2_000, () => socket.terminate());
    socket.once("close", cancel);
    this.#end(reason);
  }

  /** Cuts the line. */
  terminate(reason: string): void {
    this.#uncork();
    this.#socket.terminate();
    this.#end(reason);
  }

  #send(frame: Frame): void {
    const wire = this.#wire;
    if (wire === null) throw new BtpError("frame", "The session's wire is not known yet");
    const { packet } = frame;
    this.#sendBytes(wire.encodeFrame(
      packet === undefined ? frame : { ...frame, packet: packetOut(wire, packet) },
    ));
  }

  #sendBytes(bytes: Uint8Array): void {
    if (
      this.#closed === null && this.#socket.readyState === this.#socket.OPEN
    ) {
      this.#cork();
      this.#socket.send(bytes);
    }
  }

  /**
   * Frames of one turn of the event loop leave in one write: after a commit many answers go out at once, and each write costs a
   * system call here and a wake-up there. They leave at the end of the turn, so no frame waits for another.
   */
  #cork(): void {
    // Not in the types of ws; without it frames leave one by one.
    const { _socket: raw } = this.#socket as unknown as { _socket?: Corkable | null };
    if (this.#corked !== null || typeof raw?.cork !== "function") return;
    this.#corked = raw;
    raw.cork();
    setImmediate(() => this.#uncork());
  }

  #uncork(): void {
    const raw = this.#corked;
    this.#corked = null;
    raw?.uncork();
    if (raw !== null) reached("btp.flushed");
  }

  #onBytes(bytes: Uint8Array): void {
    if (this.#closed !== null) return;
    const wire = this.#wireOf(bytes);
    if (wire === null) {
      return this.#breach(new BtpError("frame", "The first frame is of no known wire"), 1002);
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
        // An answer that cannot be read stays as it is: whoever waits for it judges it.
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
    this.#sendBytes(wire.encodeFrame({ type: "response", requestId, protocolData: [], packet }));
  }

  async #serve(frame: Frame, sizeBytes: number): Promise<void> {
    const { requestId } = frame;
    const { onMessage, onFault } = this.#options;
    if (this.#incoming.has(requestId)) {
      onFault?.(
        new BtpError(
          "duplicate_request",
          `Request ${requestId} is under way already`,
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
      // Who does not read our answers is not read either, so that they cannot pile up here.
      if (this.#full) this.#socket.pause();
      await this.writable();
      if (this.#socket.isPaused && !this.#laden && !this.#full) {
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
    this.#stopPings();
    this.#pending.end(reason);
    this.#options.onClosed(reason);
  }
}
