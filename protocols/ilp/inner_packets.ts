/**
 * The form of packets inside the program.
 *
 * @module
 */
import { encodeFulfill, encodePrepare, encodeReject, type Packet, type Prepare } from "./packet.ts";
import { decodePacket } from "./decode_packet.ts";

/** The most data of a PREPARE on any wire. */
export const MAX_INNER_DATA_BYTES = 786_432;

/**
 * Packets as they are held inside, whatever the wires of the sessions that they come and leave by: ILPv4's form, with the data that
 * the widest wire allows. Each session's own limit is checked at its edge.
 */
export const innerPackets = {
  encodePrepare: (prepare: Prepare): Uint8Array => encodePrepare(prepare, MAX_INNER_DATA_BYTES),
  encodeFulfill,
  encodeReject,
  decodePacket: (bytes: Uint8Array): Packet => decodePacket(bytes, MAX_INNER_DATA_BYTES),
};
