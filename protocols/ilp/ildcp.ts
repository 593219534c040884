/**
 * The Interledger Dynamic Configuration Protocol (ILDCP): a child requests its own address from its parent with a packet to `peer.config`.
 *
 * @see https://interledger.org/developers/rfcs/dynamic-configuration-protocol/
 * @module
 */
import { asIlpAddress, type IlpAddress, IlpAddressError } from "./address.ts";
import { ByteWriter } from "./byte_writer.ts";
import { conditionOf } from "./condition.ts";
import { OerReader } from "./oer_reader.ts";
import type { Prepare } from "./packet.ts";

/** The destination of a request. */
export const ILDCP_DESTINATION = "peer.config";
/** The fulfilment of every request. It is public, because no money depends on it. */
export const ILDCP_FULFILMENT: Uint8Array = new Uint8Array(32);
/** The condition of {@link ILDCP_FULFILMENT}. */
export const ILDCP_CONDITION: Uint8Array = conditionOf(ILDCP_FULFILMENT);

/** The answer of a parent to its child. */
export interface IldcpResponse {
  /** The child's own address. */
  readonly clientAddress: IlpAddress;
  readonly assetScale: number;
  readonly assetCode: string;
}

/** Whether a packet is a request. Its amount must be 0. */
export function isIldcpRequest(prepare: Prepare): boolean {
  return prepare.destination === ILDCP_DESTINATION && prepare.amount === 0n;
}

/**
 * Encodes the answer, the data of the FULFILL.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { asIlpAddress } from "./address.ts";
 * import { decodeIldcp, encodeIldcp } from "./ildcp.ts";
 *
 * const told = { clientAddress: asIlpAddress("test.hub.carol"), assetScale: 6, assetCode: "M2M" };
 * assert.deepEqual(decodeIldcp(encodeIldcp(told)), told);
 * ```
 *
 * @throws {IldcpError} if the scale is not 0 to 255, or the code is empty or too long
 */
export function encodeIldcp({ clientAddress, assetScale, assetCode }: IldcpResponse): Uint8Array {
  if (!Number.isInteger(assetScale) || assetScale < 0 || assetScale > 255) {
    throw new IldcpError("assetScale must be a whole number from 0 to 255");
  }
  const code = new TextEncoder().encode(assetCode);
  if (code.length === 0 || code.length > MAX_CODE_BYTES) {
    throw new IldcpError(`assetCode must have 1 to ${MAX_CODE_BYTES} bytes`);
  }
  const writer = new ByteWriter();
  writer.varOctets(new TextEncoder().encode(clientAddress));
  writer.u8(assetScale);
  writer.varOctets(code);
  return writer.finish();
}

/** Decodes an answer. Throws IldcpError if it is invalid. */
export function decodeIldcp(data: Uint8Array): IldcpResponse {
  const reader = new OerReader(data, (_code, detail) => new IldcpError(detail));
  const address = text(reader.varOctets("clientAddress"), "clientAddress");
  const assetScale = reader.u8("assetScale");
  const code = reader.varOctets("assetCode");
  reader.end();
  if (code.length === 0 || code.length > MAX_CODE_BYTES) {
    throw new IldcpError(`assetCode has ${code.length} bytes, 1 to ${MAX_CODE_BYTES} allowed`);
  }
  try {
    return { clientAddress: asIlpAddress(address), assetScale, assetCode: text(code, "assetCode") };
  } catch (cause) {
    if (!(cause instanceof IlpAddressError)) throw cause;
    throw new IldcpError(cause.message);
  }
}

const MAX_CODE_BYTES = 64;

function text(bytes: Uint8Array, field: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new IldcpError(`${field} must be UTF-8`);
  }
}

/** The answer is invalid. */
export class IldcpError extends Error {
  /** `IldcpError`. */
  override readonly name = "IldcpError";
  /** Always `ildcp`. */
  readonly code = "ildcp";
  /** `detail` names the field and the reason. */
  constructor(detail: string) {
    super(`Cannot read ILDCP response: ${detail}`);
  }
}
