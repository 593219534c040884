/**
 * A BTP frame, the same for every wire: one WebSocket message with a request id, which the answer repeats, and protocol data. The ILP
 * packet is the separate field `packet`: one wire carries it as protocol data `ilp`, another one as a trailer.
 *
 * @see https://interledger.org/developers/rfcs/bilateral-transfer-protocol/
 * @module
 */

/** The content types of protocol data, with the numbers of RFC 23. */
export const CONTENT_TYPE = { octets: 0, text: 1, json: 2 } as const;

/** The name of the protocol data that carries a claim. */
export const CLAIM_PROTOCOL = "payment-channel-claim";

/** The largest request id. */
export const MAX_REQUEST_ID = 0xffff_ffff;

/**
 * One named piece of protocol data. Names are unique in a frame.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { type ProtocolData } from "./frame.ts";
 * import { interledgerWire as wire } from "../wires/interledger/wire.ts";
 *
 * const data: ProtocolData = { name: "note", contentType: 1, data: new Uint8Array([104, 105]) };
 * const frame = { type: "message" as const, requestId: 1, protocolData: [data] };
 * assert.equal(wire.decodeFrame(wire.encodeFrame(frame)).protocolData[0].name, "note");
 * ```
 */
export interface ProtocolData {
  /** Printable ASCII, at most 255 characters. */
  readonly name: string;
  /** One of {@link CONTENT_TYPE}. Receivers use the name and ignore this. */
  readonly contentType: number;
  /** The bytes on the wire. */
  readonly data: Uint8Array;
}

/**
 * The content of an `error` frame. A refused packet is not an `error`, but a `response` that carries a REJECT.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { type FrameFault } from "./frame.ts";
 * import { interledgerWire as wire } from "../wires/interledger/wire.ts";
 *
 * const error: FrameFault = {
 *   code: "F00",
 *   name: "NotAcceptedError",
 *   triggeredAt: "2026-02-17T12:00:00.000Z",
 *   data: new Uint8Array(),
 * };
 * const frame = { type: "error" as const, requestId: 1, protocolData: [], error };
 * assert.equal(wire.decodeFrame(wire.encodeFrame(frame)).error?.code, "F00");
 * ```
 */
export interface FrameFault {
  /** Three printable ASCII characters, for example `F00`. */
  readonly code: string;
  /** For example `NotAcceptedError`. */
  readonly name: string;
  /** ISO 8601 in UTC with milliseconds. */
  readonly triggeredAt: string;
  /** A text or bytes with more details. */
  readonly data: Uint8Array;
}

/**
 * One frame.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { type Frame } from "./frame.ts";
 * import { interledgerWire as wire } from "../wires/interledger/wire.ts";
 *
 * const frame: Frame = { type: "response", requestId: 7, protocolData: [] };
 * assert.equal(wire.decodeFrame(wire.encodeFrame(frame)).requestId, 7);
 * ```
 */
export interface Frame {
  /** The frame's type. */
  readonly type: "message" | "response" | "error" | "transfer";
  /** 0 to 2^32 - 1. */
  readonly requestId: number;
  /** Without the ILP packet. */
  readonly protocolData: readonly ProtocolData[];
  /** The bytes of the ILP packet, if there is one. */
  readonly packet?: Uint8Array;
  /** `transfer` only: base units, 0 to 2^64 - 1. */
  readonly amount?: bigint;
  /** `error` only. */
  readonly error?: FrameFault;
}

/**
 * The limits of a frame.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { type FrameLimits } from "./frame.ts";
 * import { interledgerWire as wire } from "../wires/interledger/wire.ts";
 *
 * const limits: FrameLimits = { maxFrameBytes: 64, maxProtocolData: 4 };
 * assert.throws(() => wire.decodeFrame(new Uint8Array(65), limits), { code: "too_large" });
 * ```
 */
export interface FrameLimits {
  /** Default: 1 MiB. */
  readonly maxFrameBytes: number;
  /** Default: 64. */
  readonly maxProtocolData: number;
}

/** The default limits. */
export const DEFAULT_FRAME_LIMITS: FrameLimits = {
  maxFrameBytes: 1_048_576,
  maxProtocolData: 64,
};

/** The protocol data with this name, or undefined. */
export function protocolDataOf(frame: Frame, name: string): ProtocolData | undefined {
  return frame.protocolData.find((entry) => entry.name === name);
}

/** Text as UTF-8 protocol data. */
export function textData(name: string, text: string): ProtocolData {
  return { name, contentType: CONTENT_TYPE.text, data: new TextEncoder().encode(text) };
}

/** A value as JSON protocol data. */
export function jsonData(name: string, value: unknown): ProtocolData {
  return {
    name,
    contentType: CONTENT_TYPE.json,
    data: new TextEncoder().encode(JSON.stringify(value)),
  };
}

/** The empty response that accepts an `auth`, or a claim without a packet. */
export function emptyResponse(requestId: number): Frame {
  return { type: "response", requestId, protocolData: [] };
}

/** An `error` frame, for example for an unreadable frame or a wrong secret. */
export function errorFrame(
  requestId: number,
  code: string,
  name: string,
  atMs: number,
  words = "",
): Frame {
  return {
    type: "error",
    requestId,
    protocolData: [],
    error: {
      code,
      name,
      triggeredAt: new Date(atMs).toISOString(),
      data: new TextEncoder().encode(words),
    },
  };
}

/**
 * The bytes are not a valid frame, or a field of a frame is invalid.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { FrameError } from "./frame.ts";
 * import { interledgerWire as wire } from "../wires/interledger/wire.ts";
 *
 * assert.throws(() => wire.decodeFrame(new Uint8Array(2)), FrameError);
 * ```
 */
export class FrameError extends Error {
  /** `FrameError`. */
  override readonly name = "FrameError";
  /**
   * `type`, `truncated`, `trailing`, `length` (of a field, not canonical), `field` (breaks its rule), `duplicate` (name of protocol
   * data) or `too_large`.
   */
  readonly code: "type" | "truncated" | "trailing" | "length" | "field" | "duplicate" | "too_large";
  /** The offset in the input, if the error is from decoding. */
  readonly offset: number | undefined;
  /** The request id, if the head of the frame could be read. An `error` frame can then answer it. */
  readonly requestId: number | undefined;
  /** Makes an error with its code. */
  constructor(code: FrameError["code"], message: string, offset?: number, requestId?: number) {
    super(message);
    this.code = code;
    this.offset = offset;
    this.requestId = requestId;
  }
}
