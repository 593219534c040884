/**
 * BTP frames of the Crosstown network: the body has no length, counts and lengths have a fixed size, and the ILP packet is a trailer. The
 * codec is our own, because npm btp-packet cannot read these frames.
 *
 * ```text
 * frame            = type u8 | requestId u32 | body
 * message, response: count u8 | entry* | packetLength u32 | packet
 * entry            = nameLength u8 | name | contentType u16 | length u32 | data
 * error            : code, name, time, each after a u8 length | length u32 | data
 * transfer         : amount u64 | count u8 | entry*
 * ```
 *
 * @module
 */
import { MAX_AMOUNT } from "../../ilp/max_amount.ts";
import { ByteWriter } from "../../ilp/byte_writer.ts";
import { OerReader } from "../../ilp/oer_reader.ts";
import {
  CONTENT_TYPE,
  DEFAULT_FRAME_LIMITS,
  type Frame,
  FrameError,
  type FrameFault,
  type FrameLimits,
  MAX_REQUEST_ID,
  type ProtocolData,
} from "../../btp/frame.ts";

const TYPE_BYTES = { response: 1, error: 2, message: 6, transfer: 7 } as const;
const TYPES = new Map<number, Frame["type"]>(
  Object.entries(TYPE_BYTES).map(([type, byte]) => [byte, type as Frame["type"]]),
);
/** The network uses 1 for JSON, which is text in RFC 23. */
const JSON_CONTENT = 1;
const NAME = /^[!-~]{1,255}$/;

type Fail = (code: FrameError["code"], detail: string, offset: number) => FrameError;

/**
 * Encodes a frame. An empty packet is written like a missing one, and JSON gets the network's content type.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { encodeCrosstownFrame } from "./frame.ts";
 *
 * const bytes = encodeCrosstownFrame({ type: "response", requestId: 1, protocolData: [] });
 * assert.equal(bytes.toHex(), "01000000010000000000");
 * ```
 *
 * @throws {FrameError} `type`, `field`, `duplicate` or `too_large` if a field breaks its rule
 */
export function encodeCrosstownFrame(
  frame: Frame,
  limits: FrameLimits = DEFAULT_FRAME_LIMITS,
): Uint8Array {
  const { type, requestId } = frame;
  const typeByte = TYPE_BYTES[type];
  if (typeByte === undefined) {
    throw unwritable("type", "type must be message, response, error or transfer");
  }
  if (!Number.isInteger(requestId) || requestId < 0 || requestId > MAX_REQUEST_ID) {
    throw unwritable("field", "requestId must be 0 to 2^32 - 1");
  }
  const writer = new ByteWriter();
  writer.u8(typeByte);
  writer.u32(requestId);
  if (type === "error") {
    if (frame.protocolData.length > 0 || frame.packet !== undefined) {
      throw unwritable("field", "an error carries no protocol data and no packet");
    }
    writeFault(writer, frame.error);
  } else {
    if (type === "transfer") writer.u64(amountOf(frame));
    writeEntries(writer, frame.protocolData, limits);
    if (type !== "transfer") {
      const packet = frame.packet ?? new Uint8Array(0);
      writer.u32(packet.length);
      writer.bytes(packet);
    } else if (frame.packet !== undefined) {
      throw unwritable("field", "a transfer carries no packet");
    }
  }
  const bytes = writer.finish();
  if (bytes.length > limits.maxFrameBytes) {
    throw unwritable("too_large", `${bytes.length} bytes, at most ${limits.maxFrameBytes} allowed`);
  }
  return bytes;
}

/**
 * Decodes a frame: one whole WebSocket message. Byte fields are views of the input.
 *
 * @throws {FrameError} `type`, `truncated`, `trailing`, `field`, `duplicate` or `too_large`, with the offset
 */
export function decodeCrosstownFrame(
  bytes: Uint8Array,
  limits: FrameLimits = DEFAULT_FRAME_LIMITS,
): Frame {
  if (bytes.length > limits.maxFrameBytes) {
    throw unreadable(
      "too_large",
      `${bytes.length} bytes, at most ${limits.maxFrameBytes} allowed`,
      0,
    );
  }
  const head: { requestId?: number } = {};
  const fail: Fail = (code, detail, offset) => unreadable(code, detail, offset, head.requestId);
  const reader = new OerReader(bytes, fail);
  const typeByte = reader.u8("type");
  const requestId = head.requestId = reader.u32("requestId");
  const type = TYPES.get(typeByte);
  if (type === undefined) {
    throw fail("type", `type must be 1, 2, 6 or 7 (got ${typeByte}) at offset 0`, 0);
  }
  if (type === "error") {
    const error = readFault(reader, fail);
    reader.end();
    return { type, requestId, protocolData: [], error };
  }
  const amount = type === "transfer" ? reader.u64("amount") : undefined;
  const protocolData = readEntries(reader, fail, limits);
  const size = type === "transfer" ? 0 : reader.u32("packet length");
  const packet = reader.read(size, "packet");
  reader.end();
  return {
    type,
    requestId,
    protocolData,
    ...(packet.length === 0 ? {} : { packet }),
    ...(amount === undefined ? {} : { amount }),
  };
}

function writeEntries(
  writer: ByteWriter,
  entries: readonly ProtocolData[],
  limits: FrameLimits,
): void {
  if (entries.length > Math.min(limits.maxProtocolData, 255)) {
    throw unwritable(
      "too_large",
      `${entries.length} protocol data, at most ${limits.maxProtocolData} allowed`,
    );
  }
  writer.u8(entries.length);
  const names = new Set<string>();
  for (const { name, contentType, data } of entries) {
    if (!NAME.test(name)) {
      throw unwritable("field", "a name must be 1 to 255 printable ASCII characters");
    }
    if (names.has(name)) throw unwritable("duplicate", `protocol data ${name} stands twice`);
    names.add(name);
    if (!Number.isInteger(contentType) || contentType < 0 || contentType > 0xffff) {
      throw unwritable("field", `content type of ${name} must be 0 to 65535`);
    }
    if (!(data instanceof Uint8Array)) throw unwritable("field", `data of ${name} must be bytes`);
    writer.u8(name.length);
    writer.ascii(name);
    writer.u16(contentType === CONTENT_TYPE.json ? JSON_CONTENT : contentType);
    writer.u32(data.length);
    writer.bytes(data);
  }
}

function readEntries(reader: OerReader, fail: Fail, limits: FrameLimits): ProtocolData[] {
  const at = reader.offset;
  const count = reader.u8("count of protocol data");
  if (count > limits.maxProtocolData) {
    throw fail(
      "too_large",
      `${count} protocol data, at most ${limits.maxProtocolData} allowed, at offset ${at}`,
      at,
    );
  }
  const entries: ProtocolData[] = [];
  for (let index = 0; index < count; index++) {
    const offset = reader.offset;
    const name = latin(reader.read(reader.u8("length of a name"), "name"));
    if (!NAME.test(name)) {
      throw fail("field", `a name must be printable ASCII at offset ${offset}`, offset);
    }
    if (entries.some((entry) => entry.name === name)) {
      throw fail("duplicate", `protocol data ${name} stands twice at offset ${offset}`, offset);
    }
    const contentType = reader.u16(`content type of ${name}`);
    const data = reader.read(reader.u32(`length of ${name}`), name);
    entries.push({ name, contentType, data });
  }
  return entries;
}

function writeFault(writer: ByteWriter, fault: FrameFault | undefined): void {
  if (fault === undefined) throw unwritable("field", "an error frame needs error");
  if (!/^[!-~]{1,16}$/.test(fault.code)) throw unwritable("field", "code must be printable ASCII");
  for (const text of [fault.code, fault.name, fault.triggeredAt]) {
    if (!/^[ -~]{0,255}$/.test(text)) {
      throw unwritable(
        "field",
        "code, name and triggeredAt must be at most 255 printable ASCII characters",
      );
    }
    writer.u8(text.length);
    writer.ascii(text);
  }
  writer.u32(fault.data.length);
  writer.bytes(fault.data);
}

function readFault(reader: OerReader, fail: Fail): FrameFault {
  const text = (field: string): string => {
    const offset = reader.offset;
    const value = latin(reader.read(reader.u8(`length of ${field}`), field));
    if (!/^[ -~]*$/.test(value)) {
      throw fail("field", `${field} must be printable ASCII at offset ${offset}`, offset);
    }
    return value;
  };
  const [code, name, triggeredAt] = [text("code"), text("name"), text("triggeredAt")];
  return { code, name, triggeredAt, data: reader.read(reader.u32("length of data"), "data") };
}

function amountOf({ amount }: Frame): bigint {
  if (typeof amount === "bigint" && amount >= 0n && amount <= MAX_AMOUNT) return amount;
  throw unwritable("field", "a transfer's amount must be 0 to 2^64 - 1");
}

function latin(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

function unwritable(code: FrameError["code"], detail: string): FrameError {
  return new FrameError(code, `Cannot encode BTP frame: ${detail}`);
}

function unreadable(
  code: FrameError["code"],
  detail: string,
  offset: number,
  requestId?: number,
): FrameError {
  return new FrameError(code, `Cannot decode BTP frame: ${detail}`, offset, requestId);
}
