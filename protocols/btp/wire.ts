/**
 * A wire: how frames, packets and the sign-in of a session look as bytes. Sessions and connectors know this interface alone, so
 * that a second wire joins without a change there.
 *
 * @module
 */
import {
  decodePacket,
  encodeFulfill,
  encodePrepare,
  encodeReject,
  type Fulfill,
  MAX_PREPARE_DATA_BYTES,
  type Packet,
  type Prepare,
  type Reject,
} from "../ilp/packet.ts";
import { type Auth, interledgerAuthFrame, parseInterledgerAuth } from "./auth.ts";
import type { Frame, FrameLimits } from "./frame.ts";
import { decodeFrame, encodeFrame } from "./interledger.ts";

/**
 * Both codecs and the sign-in of one wire. Pure: what goes in decides what comes out.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { interledgerWire, type Wire } from "./wire.ts";
 *
 * const wire: Wire = interledgerWire;
 * const reject = { code: "F00", triggeredBy: "test.hub", message: "no", data: new Uint8Array() };
 * const packet = wire.decodePacket(wire.encodeReject(reject));
 * assert.equal(packet.type === "reject" && packet.message, "no");
 * ```
 */
export interface Wire {
  /** As profiles name it. */
  readonly name: "interledger" | "crosstown";
  /** The most data a PREPARE carries here. */
  readonly maxPrepareDataBytes: number;
  /** One WebSocket message to a frame; throws FrameError. */
  decodeFrame(bytes: Uint8Array, limits?: FrameLimits): Frame;
  /** A frame to one WebSocket message; throws FrameError. */
  encodeFrame(frame: Frame, limits?: FrameLimits): Uint8Array;
  /** The bytes of `Frame.packet`; throw PacketError. */
  encodePrepare(prepare: Prepare): Uint8Array;
  /** See {@link Wire.encodePrepare}. */
  encodeFulfill(fulfill: Fulfill): Uint8Array;
  /** See {@link Wire.encodePrepare}. */
  encodeReject(reject: Reject): Uint8Array;
  /** `Frame.packet` to a packet; throws PacketError. */
  decodePacket(bytes: Uint8Array): Packet;
  /** The first frame of a session. */
  authFrame(requestId: number, auth: Auth): Frame;
  /** Who signs in with this frame; null when it is no sign-in; throws FrameError when it is a broken one. */
  parseAuth(frame: Frame): Auth | null;
}

/**
 * BTP 2.0 and ILPv4 as in the RFCs.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { interledgerWire as wire } from "./wire.ts";
 *
 * const hello = wire.encodeFrame(wire.authFrame(1, { username: "alice", token: "s" }));
 * assert.deepEqual(wire.parseAuth(wire.decodeFrame(hello)), { username: "alice", token: "s" });
 * ```
 */
export const interledgerWire: Wire = {
  name: "interledger",
  maxPrepareDataBytes: MAX_PREPARE_DATA_BYTES,
  decodeFrame,
  encodeFrame,
  encodePrepare: (prepare) => encodePrepare(prepare),
  encodeFulfill,
  encodeReject,
  decodePacket: (bytes) => decodePacket(bytes),
  authFrame: interledgerAuthFrame,
  parseAuth: parseInterledgerAuth,
};
