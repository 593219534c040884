/**
 * ILP packets of the Crosstown network: no outer length, the amount as a VarUInt, the time as 19 characters `YYYYMMDDHHMMSS.fffZ`.
 * Otherwise they are the same as in ilp/packet.ts. The codec is our own, because npm ilp-packet cannot read these packets.
 *
 * ```text
 * PREPARE 0c | VarUInt amount | time 19 | condition 32 | VO(destination) | VO(data)
 * FULFILL 0d | fulfilment 32 | VO(data)
 * REJECT  0e | code 3 | VO(triggeredBy) | VO(message) | VO(data)
 * ```
 * A VarUInt is one byte up to 127, otherwise `80 + n` (hex) and the fewest possible n bytes.
 *
 * @see https://interledger.org/developers/rfcs/oer-encoding/
 * @module
 */
import { isIlpAddress, MAX_ADDRESS_LENGTH } from "../../ilp/address.ts";
import { ByteWriter } from "../../ilp/byte_writer.ts";
import { FieldReader } from "../../ilp/field_reader.ts";
import { interledgerTimeToMs, MAX_EXPIRES_AT_MS } from "../../ilp/interledger_time.ts";
import { OerReader } from "../../ilp/oer_reader.ts";
import {
  type Fulfill,
  MAX_ANSWER_DATA_BYTES,
  MAX_MESSAGE_BYTES,
  type Packet,
  type Prepare,
  type Reject,
} from "../../ilp/packet.ts";
import { MAX_AMOUNT } from "../../ilp/max_amount.ts";
import { PacketError } from "../../ilp/packet_error.ts";

/** The most data of a PREPARE on this wire, in bytes. Its base64 has 1 MiB, the limit of the network. */
export const MAX_CROSSTOWN_DATA_BYTES = 786_432;

const PREPARE = 12;
const FULFILL = 13;
const REJECT = 14;
const NODE_NAME = /^[a-zA-Z0-9_-]+(?:\.[a-zA-Z0-9_-]+)*$/;
const TIME = /^(\d{14})\.(\d{3})Z$/;

/**
 * Encodes a PREPARE.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { decodeCrosstownPacket, encodeCrosstownPrepare } from "./packet.ts";
 *
 * const prepare = {
 *   amount: 3270n,
 *   expiresAtMs: Date.UTC(2026, 2, 15),
 *   condition: new Uint8Array(32),
 *   destination: "g.crosstown.peer1",
 *   data: new Uint8Array([1, 2]),
 * };
 * const bytes = encodeCrosstownPrepare(prepare);
 * assert.deepEqual([...bytes.subarray(0, 4)], [0x0c, 0x82, 0x0c, 0xc6]);
 * assert.deepEqual(decodeCrosstownPacket(bytes), { type: "prepare", ...prepare });
 * ```
 *
 * @throws {PacketError} `field` or `too_large` if a field breaks its rule
 */
export function encodeCrosstownPrepare(prepare: Prepare): Uint8Array {
  const { amount, expiresAtMs, condition, destination, data } = prepare;
  if (typeof amount !== "bigint" || amount < 0n || amount > MAX_AMOUNT) {
    throw broken("PREPARE", "amount must be a bigint of 0 to 2^64 - 1");
  }
  if (!Number.isSafeInteger(expiresAtMs) || expiresAtMs <= 0 || expiresAtMs > MAX_EXPIRES_AT_MS) {
    throw broken(
      "PREPARE",
      "expiresAtMs must be whole milliseconds after 1970 and before the year 10000",
    );
  }
  const writer = new ByteWriter();
  writer.u8(PREPARE);
  writer.varUint(amount);
  writer.ascii(timeOf(expiresAtMs));
  writer.bytes(sized("PREPARE", "condition", condition, 32));
  writer.varOctets(addressOf("PREPARE", "destination", destination));
  writer.varOctets(limited("PREPARE", "data", data, MAX_CROSSTOWN_DATA_BYTES));
  return writer.finish();
}

/** Encodes a FULFILL. Throws PacketError `field` or `too_large`. */
export function encodeCrosstownFulfill({ fulfilment, data }: Fulfill): Uint8Array {
  const writer = new ByteWriter();
  writer.u8(FULFILL);
  writer.bytes(sized("FULFILL", "fulfilment", fulfilment, 32));
  writer.varOctets(limited("FULFILL", "data", data, MAX_ANSWER_DATA_BYTES));
  return writer.finish();
}

/** Encodes a REJECT. Throws PacketError `field` or `too_large`. */
export function encodeCrosstownReject({ code, triggeredBy, message, data }: Reject): Uint8Array {
  if (typeof code !== "string" || !/^[!-~]{3}$/.test(code)) {
    throw broken("REJECT", "code must be 3 printable ASCII characters");
  }
  if (typeof message !== "string") throw broken("REJECT", "message must be text");
  const writer = new ByteWriter();
  writer.u8(REJECT);
  writer.ascii(code);
  writer.varOctets(
    triggeredBy === "" ? new Uint8Array(0) : addressOf("REJECT", "triggeredBy", triggeredBy),
  );
  const words = new TextEncoder().encode(message);
  writer.varOctets(limited("REJECT", "message", words, MAX_MESSAGE_BYTES));
  writer.varOctets(limited("REJECT", "data", data, MAX_ANSWER_DATA_BYTES));
  return writer.finish();
}

/**
 * Decodes a packet. Byte fields are copies. Each length and amount must have its shortest form.
 *
 * @throws {PacketError} `type`, `truncated`, `trailing`, `length`, `field` or `too_large`, with the offset
 */
export function decodeCrosstownPacket(bytes: Uint8Array): Packet {
  const type = bytes[0];
  const name = type === PREPARE
    ? "PREPARE"
    : type === FULFILL
    ? "FULFILL"
    : type === REJECT
    ? "REJECT"
    : null;
  if (name === null) {
    throw new PacketError(
      bytes.length === 0 ? "truncated" : "type",
      `Cannot decode ILP packet: ${
        bytes.length === 0 ? "type needs 1 byte, 0 left" : `type must be 12, 13 or 14 (got ${type})`
      } at offset 0`,
      0,
    );
  }
  const fail = (code: PacketError["code"], detail: string, offset: number) =>
    new PacketError(code, `Cannot decode ${name}: ${detail}`, offset);
  const oer = new OerReader(bytes, fail);
  const reader = new FieldReader(oer, fail);
  oer.u8("type");
  const packet = name === "PREPARE" ? prepareOf(reader, fail) : answerOf(reader, name, fail);
  oer.end();
  return packet;
}

type Fail = (code: PacketError["code"], detail: string, offset: number) => PacketError;

function prepareOf(reader: FieldReader, fail: Fail): Packet {
  const { oer } = reader;
  const amount = oer.varUint64("amount");
  const at = oer.offset;
  const text = TIME.exec(String.fromCharCode(...oer.read(19, "expiresAt")));
  const expiresAtMs = text === null ? null : interledgerTimeToMs(text[1] + text[2]);
  if (expiresAtMs === null) {
    throw fail("field", `expiresAt must be YYYYMMDDHHMMSS.fffZ after 1970 at offset ${at}`, at);
  }
  return {
    type: "prepare",
    amount,
    expiresAtMs,
    condition: oer.read(32, "condition").slice(),
    destination: reader.address("destination"),
    data: reader.data("data", MAX_CROSSTOWN_DATA_BYTES),
  };
}

function answerOf(reader: FieldReader, name: "FULFILL" | "REJECT", fail: Fail): Packet {
  if (name === "FULFILL") {
    return {
      type: "fulfill",
      fulfilment: reader.oer.read(32, "fulfilment").slice(),
      data: reader.data("data", MAX_ANSWER_DATA_BYTES),
    };
  }
  return {
    type: "reject",
    code: reader.code("code"),
    triggeredBy: whoOf(reader, fail),
    message: new TextDecoder("utf-8", { ignoreBOM: true })
      .decode(reader.data("message", MAX_MESSAGE_BYTES)),
    data: reader.data("data", MAX_ANSWER_DATA_BYTES),
  };
}

/**
 * Reads the node that refused. Nodes of the network may have names without a scheme. Such a name is read as empty, because the packet must
 * still get its answer.
 */
function whoOf({ oer }: FieldReader, fail: Fail): string {
  const at = oer.offset;
  const text = String.fromCharCode(
    ...oer.varOctets("triggeredBy").subarray(0, MAX_ADDRESS_LENGTH + 1),
  );
  if (text === "" || isIlpAddress(text)) return text;
  if (text.length <= MAX_ADDRESS_LENGTH && NODE_NAME.test(text)) return "";
  throw fail("field", `triggeredBy must be an address or empty at offset ${at}`, at);
}

function timeOf(ms: number): string {
  const digits = new Date(ms).toISOString().replace(/\D/g, "");
  return `${digits.slice(0, 14)}.${digits.slice(14)}Z`;
}

function addressOf(packet: string, field: string, value: string): Uint8Array {
  if (!isIlpAddress(value)) throw broken(packet, `${field} must be an ILP address`);
  return new TextEncoder().encode(value);
}

function sized(packet: string, field: string, value: Uint8Array, size: number): Uint8Array {
  if (value instanceof Uint8Array && value.length === size) return value;
  throw broken(packet, `${field} must have ${size} bytes`);
}

function limited(packet: string, field: string, value: Uint8Array, max: number): Uint8Array {
  if (!(value instanceof Uint8Array)) throw broken(packet, `${field} must be bytes`);
  if (value.length <= max) return value;
  throw new PacketError(
    "too_large",
    `Cannot encode ${packet}: ${field} has ${value.length} bytes, at most ${max} allowed`,
  );
}

function broken(packet: string, detail: string): PacketError {
  return new PacketError("field", `Cannot encode ${packet}: ${detail}`);
}
