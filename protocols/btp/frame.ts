/**
 * A BTP frame, whichever wire it travels on: one WebSocket message, a request id that its answer repeats, and protocol data.
 * The ILP packet stands apart as `packet`, whether the wire carries it as protocol data `ilp` or as a trailer.
 *
 * @see https://interledger.org/developers/rfcs/bilateral-transfer-protocol/
 * @module
 */

/** How protocol data says what it holds, as numbered by RFC 23. */
export const CONTENT_TYPE = { octets: 0, text: 1, json: 2 } as const;

/** Name of the protocol data that carries a claim. */
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
  /** One of {@link CONTENT_TYPE}; receivers go by the name, not by this. */
  readonly contentType: number;
  /** As it is on the wire. */
  readonly data: Uint8Array;
}

/**
 * What an `error` frame says. A refused packet is no `error`: it is a `response` that carries a REJECT.
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
  /** Three printable ASCII characters, e.g. `F00`. */
  readonly code: string;
  /** e.g. `NotAcceptedError`. */
  readonly name: string;
  /** ISO 8601 in UTC with milliseconds. */
  readonly triggeredAt: string;
  /** Words or bytes that say more. */
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
  /** What kind of frame. */
  readonly type: "message" | "response" | "error" | "transfer";
  /** 0 to 2^32 - 1. */
  readonly requestId: number;
  /** Without the ILP packet. */
  readonly protocolData: readonly ProtocolData[];
  /** The ILP packet's bytes, where there is one. */
  readonly packet?: Uint8Array;
  /** `transfer` only: base units, 0 to 2^64 - 1. */
  readonly amount?: bigint;
  /** `error` only. */
  readonly error?: FrameFault;
}

/**
 * What a frame may weigh.
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
  /** Default 1 MiB. */
  readonly maxFrameBytes: number;
  /** Default 64. */
  readonly maxProtocolData: number;
}

/** The limits where nothing else is configured. */
export const DEFAULT_FRAME_LIMITS: FrameLimits = {
  maxFrameBytes: 1_048_576,
  maxProtocolData: 64,
};

/** The protocol data of that name, or undefined. */
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

/** The empty answer that says yes: to an `auth`, to a claim without a packet. */
export function emptyResponse(requestId: number): Frame {
  return { type: "response", requestId, protocolData: [] };
}

/** An `error` frame, e.g. for a frame that cannot be read or a secret that is wrong. */
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
 * Bytes that are no frame, or fields that make none.
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
  /** Where in the input, when decoding. */
  readonly offset: number | undefined;
  /** Of a frame whose head could be read, so that an `error` can answer it. */
  readonly requestId: number | undefined;
  /** Makes a refusal with its code. */
  constructor(code: FrameError["code"], message: string, offset?: number, requestId?: number) {
    super(message);
    this.code = code;
    this.offset = offset;
    this.requestId = requestId;
  }
}
