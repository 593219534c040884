/**
 * Decodes ILPv4 packets strictly. Errors name the field and the offset.
 *
 * @module
 */
import { FieldReader } from "./field_reader.ts";
import { OerReader } from "./oer_reader.ts";
import { PacketError, refused } from "./packet_error.ts";
import {
  MAX_ANSWER_DATA_BYTES,
  MAX_MESSAGE_BYTES,
  MAX_PREPARE_DATA_BYTES,
  type Packet,
} from "./packet.ts";

/**
 * Decodes a packet. Byte fields are copies, so the caller may reuse the input. In a REJECT's message, bytes that are not UTF-8 become
 * U+FFFD, because an answer must not be lost because of its text. `maxDataBytes`: see {@link encodePrepare}.
 *
 * @throws {PacketError} `type`, `truncated`, `trailing`, `length`, `field` or `too_large`, with the offset
 */
export function decodePacket(
  bytes: Uint8Array,
  maxDataBytes = MAX_PREPARE_DATA_BYTES,
): Packet {
  if (!(bytes instanceof Uint8Array)) {
    throw refused("decode ILP packet", "field", `a packet is bytes (got ${typeof bytes})`);
  }
  const name = NAMES.get(bytes[0]);
  if (name === undefined) {
    throw refused(
      "decode ILP packet",
      bytes.length === 0 ? "truncated" : "type",
      bytes.length === 0
        ? "type needs 1 byte, 0 left at offset 0"
        : `type must be 12, 13 or 14 (got ${bytes[0]}) at offset 0`,
      0,
    );
  }
  const fail = (code: PacketError["code"], detail: string, offset: number) =>
    refused(`decode ${name}`, code, detail, offset);
  const envelope = new OerReader(bytes, fail);
  envelope.u8("type");
  const contents = envelope.varOctets("contents");
  const base = envelope.offset - contents.length;
  envelope.end();
  const reader = new FieldReader(new OerReader(contents, fail, base), fail);
  const packet = name === "PREPARE"
    ? readPrepare(reader, maxDataBytes)
    : name === "FULFILL"
    ? readFulfill(reader)
    : readReject(reader);
  reader.oer.end();
  return packet;
}

const NAMES = new Map([[12, "PREPARE"], [13, "FULFILL"], [14, "REJECT"]]);

function readPrepare(reader: FieldReader, maxDataBytes: number): Packet {
  return {
    type: "prepare",
    amount: reader.oer.u64("amount"),
    expiresAtMs: reader.time("expiresAt"),
    condition: reader.oer.read(32, "condition").slice(),
    destination: reader.address("destination"),
    data: reader.data("data", maxDataBytes),
  };
}

function readFulfill(reader: FieldReader): Packet {
  return {
    type: "fulfill",
    fulfilment: reader.oer.read(32, "fulfilment").slice(),
    data: reader.data("data", MAX_ANSWER_DATA_BYTES),
  };
}

function readReject(reader: FieldReader): Packet {
  return {
    type: "reject",
    code: reader.code("code"),
    triggeredBy: reader.address("triggeredBy", true),
    message: new TextDecoder("utf-8", { ignoreBOM: true }).decode(
      reader.data("message", MAX_MESSAGE_BYTES),
    ),
    data: reader.data("data", MAX_ANSWER_DATA_BYTES),
  };
}
