/**
 * What a BTP session is told, and what its messages carry.
 *
 * @module
 */
import type { Frame, ProtocolData } from "../../protocols/btp/frame.ts";
import type { Wire } from "../../protocols/btp/wire.ts";
import type { Timers } from "../../base/timers.ts";
import { BtpError } from "./btp_error.ts";

/** The largest WebSocket message that is read. */
export const MAX_FRAME_BYTES = 1_048_576;

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
