/**
 * Writes the input of a child and reads its outputs up to a limit.
 *
 * @module
 */

/** One output of a child. */
export interface ChildOutput {
  /** The bytes that were kept. */
  readonly bytes: Uint8Array;
  /** How many bytes the child wrote, including those that were not kept. */
  readonly totalBytes: number;
}

/** Writes the standard input of a child and closes it. Never throws. */
export async function feed(
  stdin: WritableStream<Uint8Array>,
  parts: readonly Uint8Array[],
): Promise<void> {
  const writer = stdin.getWriter();
  try {
    // A copy, because writing may detach the buffer, and the caller's bytes must not change.
    for (const bytes of parts) if (bytes.length > 0) await writer.write(bytes.slice());
    await writer.close();
  } catch { /* A child may close its standard input before it has read everything. */ }
}

/** How many bytes are still read beyond the limit while the group is being killed. */
const SPARE_BYTES = 1 << 20;

/** Reads an output to its end. Calls `overflow` if there are more bytes than the limit. */
export async function collect(
  stream: ReadableStream<Uint8Array>,
  keep: { readonly bytes: number; readonly end: "head" | "tail" },
  limitBytes: number,
  overflow: () => void,
  seen?: (bytes: Uint8Array) => void,
): Promise<ChildOutput> {
  const chunks: Uint8Array[] = [];
  let held = 0;
  let totalBytes = 0;
  for await (const chunk of stream) {
    totalBytes += chunk.length;
    if (totalBytes <= limitBytes) seen?.(chunk);
    if (totalBytes > limitBytes) {
      overflow();
      // Stops reading: a process that still writes gets a closed pipe.
      if (totalBytes > limitBytes + SPARE_BYTES) break;
    }
    if (keep.end === "head") {
      const part = chunk.subarray(0, Math.max(0, keep.bytes - held));
      if (part.length > 0) chunks.push(part);
      held += part.length;
      continue;
    }
    chunks.push(chunk);
    held += chunk.length;
    while (chunks.length > 1 && held - chunks[0].length >= keep.bytes) {
      held -= chunks.shift()!.length;
    }
  }
  const all = new Uint8Array(held);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return { bytes: held > keep.bytes ? all.slice(held - keep.bytes) : all, totalBytes };
}
