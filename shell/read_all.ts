/**
 * Reads standard input to its end.
 *
 * @module
 */
import { UsageError } from "./errors.ts";

const MAX_STDIN_BYTES = 1024 * 1024;

/** Reads a stream to its end. Throws UsageError above 1 MiB. */
export async function readAll(stdin: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of stdin) {
    size += chunk.length;
    if (size > MAX_STDIN_BYTES) {
      throw new UsageError(`standard input is larger than ${MAX_STDIN_BYTES} bytes`, "send less");
    }
    chunks.push(chunk);
  }
  const all = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    all.set(chunk, offset);
    offset += chunk.length;
  }
  return all;
}
