/**
 * Frames of a WebSocket client (RFC 6455, 5): it masks what it sends, and no extension is used.
 *
 * @module
 */

/** What a frame carries. */
export const OPCODE = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/** The most bytes of a control frame's payload. */
export const MAX_CONTROL_BYTES = 125;

/**
 * One whole frame, masked with these 4 bytes.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { clientFrame, OPCODE } from "./frame.ts";
 *
 * const frame = clientFrame(OPCODE.text, new TextEncoder().encode("Hello"), Uint8Array.fromHex("37fa213d"));
 * assert.equal(frame.toHex(), "818537fa213d7f9f4d5158"); // RFC 6455, 5.7
 * ```
 */
export function clientFrame(
  opcode: typeof OPCODE[keyof typeof OPCODE],
  payload: Uint8Array,
  mask: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const { length } = payload;
  const headBytes = length < 126 ? 6 : length < 65_536 ? 8 : 14;
  const frame = new Uint8Array(headBytes + length);
  frame[0] = 0x80 | opcode;
  if (length < 126) frame[1] = 0x80 | length;
  else {
    const view = new DataView(frame.buffer);
    frame[1] = 0x80 | (length < 65_536 ? 126 : 127);
    if (length < 65_536) view.setUint16(2, length);
    else view.setBigUint64(2, BigInt(length));
  }
  frame.set(mask, headBytes - 4);
  for (let i = 0; i < length; i++) frame[headBytes + i] = payload[i] ^ mask[i & 3];
  return frame;
}

/** The payload of a close frame. The reason is cut at 123 bytes. */
export function closePayload(code: number, reason: string): Uint8Array {
  const payload = new Uint8Array(MAX_CONTROL_BYTES);
  new DataView(payload.buffer).setUint16(0, code);
  const { written } = new TextEncoder().encodeInto(reason, payload.subarray(2));
  return payload.subarray(0, 2 + written);
}

/** Whether a peer may send this code in a close frame (RFC 6455, 7.4). */
export function isCloseCode(code: number): boolean {
  return (code >= 1000 && code <= 1014 && code !== 1004 && code !== 1005 && code !== 1006) ||
    (code >= 3000 && code <= 4999);
}
