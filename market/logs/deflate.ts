/**
 * Compresses and decompresses pieces of logs (raw DEFLATE).
 *
 * @module
 */

/** Compresses bytes. */
export async function deflate(bytes: Uint8Array): Promise<Uint8Array> {
  const stream = new Blob([bytes.slice()]).stream()
    .pipeThrough(new CompressionStream("deflate-raw"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/**
 * Decompresses to exactly `sizeBytes`, and never holds more. Throws RangeError if there are more or fewer bytes, TypeError if the input is
 * not compressed.
 */
export async function inflate(deflated: Uint8Array, sizeBytes: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(sizeBytes);
  let at = 0;
  const stream = new Blob([deflated.slice()]).stream()
    .pipeThrough(new DecompressionStream("deflate-raw"));
  for await (const chunk of stream) {
    if (at + chunk.length > sizeBytes) break;
    bytes.set(chunk, at);
    at += chunk.length;
    if (at === sizeBytes) return bytes;
  }
  throw new RangeError(`a piece of a log does not hold ${sizeBytes} bytes`);
}
