/**
 * Packets have one form inside, ILPv4's; a session on another wire translates at its edge. Both codecs are strict and write one
 * form only, so a packet that is sent again is the same bytes again, also after its peer came back on the other wire.
 *
 * @module
 */
import type { Packet } from "../../protocols/ilp/packet.ts";
import { PacketError } from "../../protocols/ilp/packet_error.ts";
import { innerPackets } from "../../protocols/ilp/inner_packets.ts";
import { type Wire } from "../../protocols/btp/wire.ts";

/** The inner form of a packet that came on this wire. Throws PacketError where it is none. */
export function packetIn(wire: Wire, bytes: Uint8Array): Uint8Array {
  if (wire.carriesInnerForm) return checked(wire, bytes);
  const packet = wire.decodePacket(bytes);
  return encode(
    innerPackets,
    packet.type === "reject" ? { type: "reject", ...wire.understood(packet) } : packet,
  );
}

/** The bytes on this wire of a packet in its inner form. Throws PacketError where it is none. */
export function packetOut(wire: Wire, bytes: Uint8Array): Uint8Array {
  return wire.carriesInnerForm
    ? checked(wire, bytes)
    : encode(wire, innerPackets.decodePacket(bytes));
}

/** The answer, on this wire, to a packet that cannot be taken in: F08 when it is too large, else F01. */
export function unreadable(wire: Wire, error: PacketError): Uint8Array {
  return wire.encodeReject({
    code: error.code === "too_large" ? "F08" : "F01",
    triggeredBy: "",
    message: error.message,
    data: new Uint8Array(0),
  });
}

/** The form is the same; only what may hold more data than the wire allows is looked at. */
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
