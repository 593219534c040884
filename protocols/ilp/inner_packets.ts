/**
 * The codec of packets inside the program.
 *
 * @module
 */
import { encodeFulfill, encodePrepare, encodeReject, type Packet, type Prepare } from "./packet.ts";
import { decodePacket } from "./decode_packet.ts";

/** The most data of a PREPARE on any wire. */
export const MAX_INNER_DATA_BYTES = 786_432;

/**
 * Inside the program, all packets have ILPv4's form, whatever wire they arrive or leave on. They may have as much data as the wire with the
 * highest limit allows. Each session checks the limit of its own wire.
 */
export const innerPackets = {
  encodePrepare: (prepare: Prepare): Uint8Array => encodePrepare(prepare, MAX_INNER_DATA_BYTES),
  encodeFulfill,
  encodeReject,
  decodePacket: (bytes: Uint8Array): Packet => decodePacket(bytes, MAX_INNER_DATA_BYTES),
};
