/**
 * The error of invalid packets.
 *
 * @module
 */

/** Makes an error with a message like `Cannot encode PREPARE: amount must be ...`. */
export function refused(
  what: string,
  code: PacketError["code"],
  detail: string,
  offset?: number,
): PacketError {
  return new PacketError(code, `Cannot ${what}: ${detail}`, offset);
}

/**
 * The bytes are not a valid packet, or a field of a packet is invalid.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { PacketError } from "./packet_error.ts";
 * import { interledgerWire as wire } from "../wires/interledger/wire.ts";
 *
 * assert.throws(() => wire.decodePacket(new Uint8Array([12])), PacketError);
 * ```
 */
export class PacketError extends Error {
  /** `PacketError`. */
  override readonly name = "PacketError";
  /** `type`, `truncated`, `trailing`, `length` (of a field, not canonical), `field` (breaks its rule) or `too_large`. */
  readonly code: "type" | "truncated" | "trailing" | "length" | "field" | "too_large";
  /** The offset in the input, if the error is from decoding. */
  readonly offset: number | undefined;
  /** Makes an error with its code. */
  constructor(code: PacketError["code"], message: string, offset?: number) {
    super(message);
    this.code = code;
    this.offset = offset;
  }
}
