/**
 * BTP 2.0 frames (RFC 23). npm btp-packet encodes them. Our own code decodes them strictly, because that library accepts duplicate names,
 * invalid dates and trailing bytes, and its errors do not name the offset.
 *
 * @see https://interledger.org/developers/rfcs/bilateral-transfer-protocol/
 * @module
 */
import { MAX_AMOUNT } from "../../ilp/max_amount.ts";
import { Buffer } from "node:buffer";
import {
  type ProtocolData as LibraryProtocolData,
  serializeError,
  serializeMessage,
  serializeResponse,
  serializeTransfer,
} from "btp-packet";
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
import { generalizedTimeToIso, isIsoTime } from "../../btp/generalized_time.ts";

const ILP_PROTOCOL = "ilp";
const NAME = /^[!-~]{1,255}$/;

/**
 * Encodes a frame. The ILP packet is the first protocol data, `ilp`.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { decodeFrame, encodeFrame } from "./frame.ts";
 *
 * const bytes = encodeFrame({ type: "response", requestId: 1, protocolData: [] });
 * assert.deepEqual([...bytes], [1, 0, 0, 0, 1, 2, 1, 0]);
 * assert.equal(decodeFrame(bytes).type, "response");
 * ```
 *
 * @throws {FrameError} `type`, `field`, `duplicate` or `too_large` if a field breaks its rule
 */
export function encodeFrame(
  frame: Frame,
  limits: FrameLimits = DEFAULT_FRAME_LIMITS,
): Uint8Array {
  const { requestId } = frame;
  if (!Number.isInteger(requestId) || requestId < 0 || requestId > MAX_REQUEST_ID) {
    throw refused("encode", "field", "requestId must be 0 to 2^32 - 1");
  }
  const entries = entriesOf(frame, limits);
  const bytes = serialize(frame, entries);
  if (bytes.length > limits.maxFrameBytes) {
    throw refused(
      "encode",
      "too_large",
      `${bytes.length} bytes, at most ${limits.maxFrameBytes} allowed`,
    );
  }
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length).slice();
}

/**
 * Decodes a frame: one whole WebSocket message. Byte fields are views of the input.
 *
 * @throws {FrameError} `type`, `truncated`, `trailing`, `length`, `field`, `duplicate` or `too_large`, with the offset, and with
 * the request id if the head could be read
 */
export function decodeFrame(
  bytes: Uint8Array,
  limits: FrameLimits = DEFAULT_FRAME_LIMITS,
): Frame {
  if (!(bytes instanceof Uint8Array)) {
    throw refused("decode", "field", `a frame is bytes (got ${typeof bytes})`);
  }
  if (bytes.length > limits.maxFrameBytes) {
    throw refused(
      "decode",
      "too_large",
      `${bytes.length} bytes, at most ${limits.maxFrameBytes} allowed`,
      0,
    );
  }
  const head: { requestId?: number } = {};
  const fail: Fail = (code, detail, offset) =>
    refused("decode", code, detail, offset, head.requestId);
  const envelope = new OerReader(bytes, fail);
  const typeByte = envelope.u8("type");
  const requestId = head.requestId = envelope.u32("requestId");
  const type = TYPES.get(typeByte);
  if (type === undefined) {
    throw fail("type", `type must be 1, 2, 6 or 7 (got ${typeByte}) at offset 0`, 0);
  }
  const body = envelope.varOctets("body");
  const start = envelope.offset - body.length;
  envelope.end();
  const reader = new OerReader(body, fail, start);
  const amount = type === "transfer" ? reader.u64("amount") : undefined;
  const error = type === "error" ? readFault(reader, fail) : undefined;
  const { packet, protocolData } = readEntries(reader, fail, limits);
  reader.end();
  return {
    type,
    requestId,
    protocolData,
    ...(packet === undefined ? {} : { packet }),
    ...(amount === undefined ? {} : { amount }),
    ...(error === undefined ? {} : { error }),
  };
}

type Fail = (code: FrameError["code"], detail: string, offset: number) => FrameError;

const TYPES = new Map<number, Frame["type"]>([
  [1, "response"],
  [2, "error"],
  [6, "message"],
  [7, "transfer"],
]);

function serialize(frame: Frame, entries: LibraryProtocolData[]): Buffer {
  const { type, requestId, amount, error } = frame;
  switch (type) {
    case "message":
      return serializeMessage(requestId, entries);
    case "response":
      return serializeResponse(requestId, entries);
    case "transfer":
      if (typeof amount !== "bigint" || amount < 0n || amount > MAX_AMOUNT) {
        throw refused("encode", "field", "amount must be a bigint of 0 to 2^64 - 1");
      }
      return serializeTransfer({ amount: amount.toString() }, requestId, entries);
    case "error":
      return serializeFault(requestId, error, entries);
    default:
      throw refused("encode", "type", "type must be message, response, error or transfer");
  }
}

function serializeFault(
  requestId: number,
  fault: FrameFault | undefined,
  entries: LibraryProtocolData[],
): Buffer {
  if (fault === undefined) throw refused("encode", "field", "an error frame needs error");
  if (!/^[!-~]{3}$/.test(fault.code)) {
    throw refused("encode", "field", "error.code must be 3 printable ASCII characters");
  }
  if (!/^[ -~]*$/.test(fault.name)) {
    throw refused("encode", "field", "error.name must be printable ASCII");
  }
  // The library writes years before 1000 with fewer digits than readers expect.
  if (!isIsoTime(fault.triggeredAt) || Date.parse(fault.triggeredAt) < 0) {
    throw refused(
      "encode",
      "field",
      "error.triggeredAt must be ISO 8601 in UTC with milliseconds, after 1970",
    );
  }
  if (!(fault.data instanceof Uint8Array)) {
    throw refused("encode", "field", "error.data must be bytes");
  }
  // The library's types require text, but its functions also accept a Date and bytes for these two fields.
  return serializeError(
    {
      code: fault.code,
      name: fault.name,
      triggeredAt: new Date(fault.triggeredAt) as unknown as string,
      data: view(fault.data) as unknown as string,
    },
    requestId,
    entries,
  );
}

function entriesOf(frame: Frame, limits: FrameLimits): LibraryProtocolData[] {
  const all: ProtocolData[] = frame.packet === undefined ? [...frame.protocolData] : [
    { name: ILP_PROTOCOL, contentType: CONTENT_TYPE.octets, data: frame.packet },
    ...frame.protocolData,
  ];
  if (all.length > limits.maxProtocolData) {
    throw refused(
      "encode",
      "too_large",
      `${all.length} pieces of protocol data, at most ${limits.maxProtocolData} allowed`,
    );
  }
  const names = new Set<string>();
  return all.map(({ name, contentType, data }, at) => {
    const where = `protocolData[${at}]`;
    if (typeof name !== "string" || !NAME.test(name)) {
      throw refused("encode", "field", `${where}.name must be 1 to 255 printable ASCII characters`);
    }
    // The library looks names up in a plain object, where these names are inherited functions.
    if (name in Object.prototype) throw refused("encode", "field", `${where}.name is reserved`);
    if (names.has(name)) throw refused("encode", "duplicate", `${where}.name repeats ${name}`);
    names.add(name);
    if (!Number.isInteger(contentType) || contentType < 0 || contentType > 255) {
      throw refused("encode", "field", `${where}.contentType must be 0 to 255`);
    }
    if (!(data instanceof Uint8Array)) {
      throw refused("encode", "field", `${where}.data must be bytes (got ${typeof data})`);
    }
    return { protocolName: name, contentType, data: view(data) };
  });
}

function readFault(reader: OerReader, fail: Fail): FrameFault {
  const codeAt = reader.offset;
  const code = latin1(reader.read(3, "error code"));
  if (!/^[!-~]{3}$/.test(code)) {
    throw fail(
      "field",
      `error code must be 3 printable ASCII characters at offset ${codeAt}`,
      codeAt,
    );
  }
  const name = latin1(reader.varOctets("error name"));
  const timeAt = reader.offset;
  const triggeredAt = generalizedTimeToIso(latin1(reader.varOctets("triggeredAt")));
  if (triggeredAt === null) {
    throw fail(
      "field",
      `triggeredAt must be YYYYMMDDHHMMSS.fffZ and a real moment at offset ${timeAt}`,
      timeAt,
    );
  }
  return { code, name, triggeredAt, data: reader.varOctets("error data") };
}

function readEntries(
  reader: OerReader,
  fail: Fail,
  limits: FrameLimits,
): { packet?: Uint8Array; protocolData: ProtocolData[] } {
  const countAt = reader.offset;
  const count = reader.varUint("count of protocol data");
  if (count > limits.maxProtocolData) {
    throw fail(
      "too_large",
      `${count} pieces of protocol data, at most ${limits.maxProtocolData} allowed, at offset ${countAt}`,
      countAt,
    );
  }
  const names = new Set<string>();
  const protocolData: ProtocolData[] = [];
  let packet: Uint8Array | undefined;
  for (let at = 0; at < count; at++) {
    const offset = reader.offset;
    const name = latin1(reader.varOctets(`protocolData[${at}].name`));
    if (!NAME.test(name)) {
      throw fail(
        "field",
        `protocolData[${at}].name must be 1 to 255 printable ASCII characters at offset ${offset}`,
        offset,
      );
    }
    // With two claims or packets in one frame, different readers could use different ones.
    if (names.has(name)) {
      throw fail(
        "duplicate",
        `protocolData[${at}].name repeats ${name} at offset ${offset}`,
        offset,
      );
    }
    names.add(name);
    const contentType = reader.u8(`protocolData[${at}].contentType`);
    const data = reader.varOctets(`protocolData[${at}].data`);
    if (name === ILP_PROTOCOL) packet = data;
    else protocolData.push({ name, contentType, data });
  }
  return packet === undefined ? { protocolData } : { packet, protocolData };
}

function view(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** Decodes one character for each byte, so that a byte above 0x7f is not printable ASCII. */
function latin1(bytes: Uint8Array): string {
  return view(bytes).toString("latin1");
}

function refused(
  verb: "encode" | "decode",
  code: FrameError["code"],
  detail: string,
  offset?: number,
  requestId?: number,
): FrameError {
  return new FrameError(code, `Cannot ${verb} BTP frame: ${detail}`, offset, requestId);
}
