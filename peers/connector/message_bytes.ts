/**
 * One WebSocket message of npm `ws` as bytes. The library delivers it in one of several forms.
 *
 * @module
 */

/** A view of the message, or a copy if it came in parts. */
export function asBytes(data: unknown): Uint8Array {
  if (data instanceof Uint8Array) {
    return new Uint8Array(data.buffer, data.byteOffset, data.length);
  }
  if (data instanceof ArrayBuffer) return new Uint8Array(data);
  const parts = data as Uint8Array[];
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
