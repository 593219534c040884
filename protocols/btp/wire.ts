/**
 * A wire: the bytes of frames, packets and sign-ins, and what the peers of this wire expect. All other code uses only this interface, so a
 * new wire is one folder in `protocols/wires/` and one entry in its table.
 *
 * @module
 */
import type { Fulfill, Packet, Prepare, Reject } from "../ilp/packet.ts";
import type { Encoding } from "../toon/decode.ts";
import type { ToonRules } from "../toon/encode.ts";
import type { Auth } from "./auth.ts";
import type { Frame, FrameLimits } from "./frame.ts";

/**
 * The codecs and the sign-in of one wire. Pure: results depend only on arguments.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { type Wire } from "./wire.ts";
 * import { interledgerWire } from "../wires/interledger/wire.ts";
 *
 * const wire: Wire = interledgerWire;
 * const reject = { code: "F00", triggeredBy: "test.hub", message: "no", data: new Uint8Array() };
 * const packet = wire.decodePacket(wire.encodeReject(reject));
 * assert.equal(packet.type === "reject" && packet.message, "no");
 * ```
 */
export interface Wire {
  /** The wire's name in profiles. */
  readonly name: "interledger" | "crosstown";
  /** The default rules for TOON documents: the peers of this wire can decode them. */
  readonly toonRules: ToonRules;
  /** The default encoding in which relays of this wire's network send events. */
  readonly relayDelivery: Encoding;
  /**
   * Who can make the fulfilment of a packet to a terminal. `terminal`: only the terminal and the sender, so a FULFILL proves the delivery.
   * `anyone`: every hop can compute it from the data, so a FULFILL proves nothing.
   */
  readonly fulfilledBy: "terminal" | "anyone";
  /** Whether a claim must name its token, because receivers find the contract of a channel by it. */
  readonly claimNamesToken: boolean;
  /** Whether packets on this wire have ILPv4's form, which the program uses inside. */
  readonly carriesInnerForm: boolean;
  /** The most data of a PREPARE on this wire, in bytes. */
  readonly maxPrepareDataBytes: number;
  /** Decodes one WebSocket message. Throws FrameError. */
  decodeFrame(bytes: Uint8Array, limits?: FrameLimits): Frame;
  /** Encodes a frame as one WebSocket message. Throws FrameError. */
  encodeFrame(frame: Frame, limits?: FrameLimits): Uint8Array;
  /** Encodes a packet for `Frame.packet`. Throws PacketError. */
  encodePrepare(prepare: Prepare): Uint8Array;
  /** See {@link Wire.encodePrepare}. */
  encodeFulfill(fulfill: Fulfill): Uint8Array;
  /** See {@link Wire.encodePrepare}. */
  encodeReject(reject: Reject): Uint8Array;
  /** Decodes `Frame.packet`. Throws PacketError. */
  decodePacket(bytes: Uint8Array): Packet;
  /** Makes the sign-in, the first frame of a session. */
  authFrame(requestId: number, auth: Auth): Frame;
  /** The sign-in without a configured secret; null if this wire has none. */
  namelessAuth(name: string): Auth | null;
  /** Translates a REJECT of this wire's network into the codes of the RFC. */
  understood(reject: Reject): Reject;
  /** Reads a sign-in; null if the frame is not one. Throws FrameError if it is malformed. */
  parseAuth(frame: Frame): Auth | null;
}
