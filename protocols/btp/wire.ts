/**
 * A wire: how frames, packets and the sign-in of a session look as bytes, and what its network expects. Everybody knows this interface
 * alone, so that a wire is one folder in `protocols/wires/` and one entry in its table.
 *
 * @module
 */
import type { Fulfill, Packet, Prepare, Reject } from "../ilp/packet.ts";
import type { Encoding } from "../toon/decode.ts";
import type { ToonRules } from "../toon/encode.ts";
import type { Auth } from "./auth.ts";
import type { Frame, FrameLimits } from "./frame.ts";

/**
 * Both codecs and the sign-in of one wire. Pure: what goes in decides what comes out.
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
  /** As profiles name it. */
  readonly name: "interledger" | "crosstown";
  /** By which rules documents are encoded as TOON where nothing else is said: what the peers of this wire decode. */
  readonly toonRules: ToonRules;
  /** How relays of this wire's network deliver events unless told. */
  readonly relayDelivery: Encoding;
  /**
   * Who can make the fulfilment of a packet to a terminal. `terminal`: it and the sender alone, so that a FULFILL proves the delivery.
   * `anyone`: every hop, from the data alone, so that it proves nothing.
   */
  readonly fulfilledBy: "terminal" | "anyone";
  /** Whether a claim must name its token: receivers find the contract of a channel by it. */
  readonly claimNamesToken: boolean;
  /** Whether packets look here as they are held inside: ILPv4's form. */
  readonly carriesInnerForm: boolean;
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
  /** The sign-in of a session to which no secret was given; null where there is none. */
  namelessAuth(name: string): Auth | null;
  /** What a REJECT of this wire's network means in the RFC's codes. */
  understood(reject: Reject): Reject;
  /** Who signs in with this frame; null when it is no sign-in; throws FrameError when it is a broken one. */
  parseAuth(frame: Frame): Auth | null;
}
