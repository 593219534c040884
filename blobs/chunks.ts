/**
 * Content-defined chunks: the bytes around a place decide whether the file is cut there. So a change moves only cuts near it, and unchanged
 * parts keep their hashes. It uses a gear hash over a sliding window, as in FastCDC. Without effects.
 *
 * @see https://www.usenix.org/conference/atc16/technical-sessions/presentation/xia
 * @module
 */

/** Only the last chunk may be smaller. */
const MIN_BYTES = 1 << 15;
/** No chunk is larger. */
export const MAX_CHUNK_BYTES = 1 << 19;
/** On average, a cut comes 2^17 bytes after the minimum size. */
const MASK = (1 << 17) - 1;

/** A number for each byte, from a fixed generator. Another table would cut at other places, and no existing chunk would match. */
const GEAR = gear();

/** Cuts a stream into chunks. A piece is not used after the next one was requested. */
export async function* chunksOf(
  pieces: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const chunk = new Uint8Array(MAX_CHUNK_BYTES);
  let size = 0;
  let hash = 0;
  for await (const piece of pieces) {
    let from = 0;
    for (let at = 0; at < piece.length; at++) {
      hash = (hash << 1) + GEAR[piece[at]!]! | 0;
      const length = size + at + 1 - from;
      // The upper bits depend on the last 32 bytes; the lower ones on fewer.
      if (length < MIN_BYTES || (hash >>> 15 & MASK) !== 0 && length < MAX_CHUNK_BYTES) continue;
      chunk.set(piece.subarray(from, at + 1), size);
      yield chunk.slice(0, length);
      from = at + 1;
      size = 0;
      hash = 0;
    }
    chunk.set(piece.subarray(from), size);
    size += piece.length - from;
  }
  if (size > 0) yield chunk.slice(0, size);
}

function gear(): Int32Array {
  const table = new Int32Array(256);
  let x = 0x9e3779b9;
  for (let i = 0; i < 256; i++) {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    table[i] = x;
  }
  return table;
}
