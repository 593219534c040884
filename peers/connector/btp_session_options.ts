/**
 * The settings of a BTP session, and what its messages carry.
 *
 * @module
 */
import type { Frame, ProtocolData } from "../../protocols/btp/frame.ts";
import type { Wire } from "../../protocols/btp/wire.ts";
import type { Timers } from "../../base/timers.ts";
import { BtpError } from "./btp_error.ts";

/** The largest WebSocket message that is read, in bytes. */
export const MAX_FRAME_BYTES = 1_048_576;

/** What a message carries, in both directions. */
export interface Content {
  readonly protocolData: readonly ProtocolData[];
  /** In ILPv4's form on every wire. */
  readonly packet?: Uint8Array;
}

/** One session's settings. */
export interface BtpSessionOptions {
  /**
   * The wire, or a function that recognises it from the peer's first frame. If the function returns null, the session is closed with 1002.
   */
  readonly wire: Wire | ((firstFrame: Uint8Array) => Wire | null);
  readonly timers: Timers;
  /**
   * Answers a request of the peer. If it returns null, no answer is sent. If it throws, the answer is ERROR with the `peerCode` of a
   * BtpError, otherwise T00.
   */
  readonly onMessage: (frame: Frame, wire: Wire["name"]) => Promise<Content | null>;
  /** Called once, as the last callback. */
  readonly onClosed: (reason: string) => void;
  /** Called for frames that break the protocol. The session continues if it can. */
  readonly onFault?: (error: BtpError) => void;
  /** The most own requests that wait at the same time. Default: 1,024. */
  readonly maxPending?: number;
  /** The most unanswered requests of the peer. Default: 256. */
  readonly maxIncoming?: number;
  /** Milliseconds between pings. Default: 30 s. If nothing arrives for 10 s after a ping, the connection is cut. */
  readonly pingMs?: number;
  /** Called with each round trip of a ping, in milliseconds. The first ping is then sent at once. */
  readonly onPong?: (roundTripMs: number) => void;
  /** The largest frame that is read. Default: {@link MAX_FRAME_BYTES}. The socket's `maxPayload` must have the same value. */
  readonly maxFrameBytes?: number;
}
