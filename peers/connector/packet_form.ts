/**
 * Inside the program, packets have one form, that of ILPv4. A session on another wire translates packets as they enter and leave. Both
 * codecs are strict and have one encoding of each packet. So a packet that is sent again has the same bytes again, also if its peer has
 * meanwhile reconnected with the other wire.
 *
 * @module
 */
import type { Packet } from "../../protocols/ilp/packet.ts";
import { PacketError } from "../../protocols/ilp/packet_error.ts";
import { innerPackets } from "../../protocols/ilp/inner_packets.ts";
import { type Wire } from "../../protocols/btp/wire.ts";

/** The inner form of a packet that arrived on this wire. Throws PacketError if the bytes are not a packet. */
export function packetIn(wire: Wire, bytes: Uint8Array): Uint8Array {
  if (wire.carriesInnerForm) return checked(wire, bytes);
  const packet = wire.decodePacket(bytes);
  return encode(
    innerPackets,
    packet.type === "reject" ? { type: "reject", ...wire.understood(packet) } : packet,
  );
}

/** The bytes on this wire of a packet in its inner form. Throws PacketError if they are not a packet. */
export function packetOut(wire: Wire, bytes: Uint8Array): Uint8Array {
  return wire.carriesInnerForm
    ? checked(wire, bytes)
    : encode(wire, innerPackets.decodePacket(bytes));
}

/** The answer, on this wire, to a packet that cannot be read: F08 if it is too large, otherwise F01. */
export function unreadable(wire: Wire, error: PacketError): Uint8Array {
  return wire.encodeReject({
    code: error.code === "too_large" ? "F08" : "F01",
    triggeredBy: "",
    message: error.message,
    data: new Uint8Array(0),
  });
}

/** The wire uses the inner form. Only a packet that may hold more data than the wire allows is decoded, as a check. */
function checked(wire: Wire, bytes: Uint8Array): Uint8Array {
  if (bytes.length > wire.maxPrepareDataBytes) wire.decodePacket(bytes);
  return bytes;
}

function encode(wire: Pick<Wire, keyof typeof innerPackets>, packet: Packet): Uint8Array {
  switch (packet.type) {
    case "prepare":
      return wire.encodePrepare(packet);
    case "fulfill":
      return wire.encodeFulfill(packet);
    case "reject":
      return wire.encodeReject(packet);
  }
}
