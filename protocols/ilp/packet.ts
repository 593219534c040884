/**
 * ILPv4 packets, as the `interledger` wire carries them. npm ilp-packet encodes them. Our own code decodes them (`decode_packet.ts`),
 * because that library accepts invalid dates and trailing bytes, and its errors do not name the offset. A property test compares the two.
 *
 * @see https://interledger.org/developers/rfcs/interledger-protocol/
 * @module
 */
import { Buffer } from "node:buffer";
import { serializeIlpFulfill, serializeIlpPrepare, serializeIlpReject } from "ilp-packet";
import { MAX_AMOUNT } from "./max_amount.ts";
import { isIlpAddress } from "./address.ts";
import { MAX_EXPIRES_AT_MS } from "./interledger_time.ts";
import { refused } from "./packet_error.ts";

/** The most data of a PREPARE on this wire, in bytes. */
export const MAX_PREPARE_DATA_BYTES = 32_767;
/** The most data of a FULFILL or REJECT, in bytes. */
export const MAX_ANSWER_DATA_BYTES = 32_768;
/** The longest message of a REJECT, in UTF-8 bytes. */
export const MAX_MESSAGE_BYTES = 8_191;

/**
 * A conditional payment.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { type Prepare } from "./packet.ts";
 * import { interledgerWire as wire } from "../wires/interledger/wire.ts";
 *
 * const prepare: Prepare = {
 *   amount: 107n,
 *   expiresAtMs: Date.parse("2026-02-17T12:00:00Z"),
 *   condition: new Uint8Array(32),
 *   destination: "test.relay",
 *   data: new TextEncoder().encode("hello"),
 * };
 * assert.deepEqual(wire.decodePacket(wire.encodePrepare(prepare)), { type: "prepare", ...prepare });
 * ```
 */
export interface Prepare {
  /** Base units, 0 to 2^64 - 1. */
  readonly amount: bigint;
  /** Milliseconds since the epoch, after 1970-01-01T00:00:00.000Z and before the year 10000. */
  readonly expiresAtMs: number;
  /** 32 bytes: SHA-256 of the fulfilment. */
  readonly condition: Uint8Array;
  /** The ILP address of the terminal. */
  readonly destination: string;
  /** At most 32,767 bytes. */
  readonly data: Uint8Array;
}

/**
 * The answer that settles a payment.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { type Fulfill } from "./packet.ts";
 * import { interledgerWire as wire } from "../wires/interledger/wire.ts";
 *
 * const fulfill: Fulfill = { fulfilment: new Uint8Array(32).fill(7), data: new Uint8Array() };
 * assert.deepEqual(wire.decodePacket(wire.encodeFulfill(fulfill)), { type: "fulfill", ...fulfill });
 * ```
 */
export interface Fulfill {
  /** 32 bytes whose SHA-256 is the condition. */
  readonly fulfilment: Uint8Array;
  /** At most 32,768 bytes. */
  readonly data: Uint8Array;
}

/**
 * The answer that refuses a payment.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { type Reject } from "./packet.ts";
 * import { interledgerWire as wire } from "../wires/interledger/wire.ts";
 *
 * const reject: Reject = { code: "T04", triggeredBy: "test.hub", message: "", data: new Uint8Array() };
 * assert.deepEqual(wire.decodePacket(wire.encodeReject(reject)), { type: "reject", ...reject });
 * ```
 */
export interface Reject {
  /** Three printable ASCII characters; errors.ts has their meanings. */
  readonly code: string;
  /** The ILP address of the node that refused, or empty. */
  readonly triggeredBy: string;
  /** At most 8,191 bytes of UTF-8. */
  readonly message: string;
  /** At most 32,768 bytes. */
  readonly data: Uint8Array;
}

/**
 * Any packet.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { type Packet } from "./packet.ts";
 * import { interledgerWire as wire } from "../wires/interledger/wire.ts";
 *
 * const words = (packet: Packet) => packet.type === "reject" ? packet.code : packet.type;
 * const fulfill = { fulfilment: new Uint8Array(32), data: new Uint8Array() };
 * assert.equal(words(wire.decodePacket(wire.encodeFulfill(fulfill))), "fulfill");
 * ```
 */
export type Packet =
  | ({ readonly type: "prepare" } & Prepare)
  | ({ readonly type: "fulfill" } & Fulfill)
  | ({ readonly type: "reject" } & Reject);

/**
 * Encodes a PREPARE. `maxDataBytes` is the limit of the wire. Default: 32,767, the limit of the RFC.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { decodePacket } from "./decode_packet.ts";
 * import { encodePrepare } from "./packet.ts";
 *
 * const prepare = {
 *   amount: 3270n,
 *   expiresAtMs: Date.UTC(2026, 2, 15),
 *   condition: new Uint8Array(32),
 *   destination: "g.dev.relay",
 *   data: new Uint8Array([1, 2]),
 * };
 * assert.deepEqual(decodePacket(encodePrepare(prepare)), { type: "prepare", ...prepare });
 * ```
 *
 * @throws {PacketError} `field` or `too_large` if a field breaks its rule
 */
export function encodePrepare(
  prepare: Prepare,
  maxDataBytes = MAX_PREPARE_DATA_BYTES,
): Uint8Array {
  const { amount, expiresAtMs, condition, destination, data } = prepare;
  if (typeof amount !== "bigint" || amount < 0n || amount > MAX_AMOUNT) {
    throw refused("encode PREPARE", "field", "amount must be a bigint of 0 to 2^64 - 1");
  }
  if (!Number.isSafeInteger(expiresAtMs) || expiresAtMs <= 0 || expiresAtMs > MAX_EXPIRES_AT_MS) {
    throw refused(
      "encode PREPARE",
      "field",
      "expiresAtMs must be whole milliseconds after 1970 and before the year 10000",
    );
  }
  return bytesOf(serializeIlpPrepare({
    amount: amount.toString(),
    expiresAt: new Date(expiresAtMs),
    executionCondition: octets("PREPARE", "condition", condition, 32, 32),
    destination: address("PREPARE", "destination", destination),
    data: octets("PREPARE", "data", data, 0, maxDataBytes),
  }));
}

/**
 * Encodes a FULFILL.
 *
 * @throws {PacketError} `field` or `too_large` if a field breaks its rule
 */
export function encodeFulfill(fulfill: Fulfill): Uint8Array {
  return bytesOf(serializeIlpFulfill({
    fulfillment: octets("FULFILL", "fulfilment", fulfill.fulfilment, 32, 32),
    data: octets("FULFILL", "data", fulfill.data, 0, MAX_ANSWER_DATA_BYTES),
  }));
}

/**
 * Encodes a REJECT. A message above 8,191 bytes is refused. Lone surrogates become U+FFFD.
 *
 * @throws {PacketError} `field` or `too_large` if a field breaks its rule
 */
export function encodeReject(reject: Reject): Uint8Array {
  const { code, triggeredBy, message, data } = reject;
  if (typeof code !== "string" || !/^[!-~]{3}$/.test(code)) {
    throw refused("encode REJECT", "field", "code must be 3 printable ASCII characters");
  }
  if (typeof message !== "string") {
    throw refused("encode REJECT", "field", `message must be text (got ${typeof message})`);
  }
  const messageBytes = Buffer.byteLength(message, "utf8");
  if (messageBytes > MAX_MESSAGE_BYTES) {
    throw refused(
      "encode REJECT",
      "too_large",
      `message has ${messageBytes} bytes, at most ${MAX_MESSAGE_BYTES} allowed`,
    );
  }
  return bytesOf(serializeIlpReject({
    code,
    triggeredBy: triggeredBy === "" ? "" : address("REJECT", "triggeredBy", triggeredBy),
    message,
    data: octets("REJECT", "data", data, 0, MAX_ANSWER_DATA_BYTES),
  }));
}

function octets(
  packet: string,
  field: string,
  value: Uint8Array,
  min: number,
  max: number,
): Buffer {
  if (!(value instanceof Uint8Array)) {
    throw refused(`encode ${packet}`, "field", `${field} must be bytes (got ${typeof value})`);
  }
  if (value.length < min || value.length > max) {
    throw refused(
      `encode ${packet}`,
      value.length > max && min !== max ? "too_large" : "field",
      min === max
        ? `${field} must have ${max} bytes (got ${value.length})`
        : `${field} has ${value.length} bytes, at most ${max} allowed`,
    );
  }
  return Buffer.from(value.buffer, value.byteOffset, value.length);
}

function address(packet: string, field: string, value: string): string {
  if (isIlpAddress(value)) return value;
  throw refused(`encode ${packet}`, "field", `${field} must be an ILP address`);
}

function bytesOf(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length).slice();
}
