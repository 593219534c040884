/**
 * Reads a result: its document, if it is JSON, and its log, unzipped.
 *
 * @module
 */

/** The most bytes of an unzipped log. */
const LOG_BYTES = 64 << 20;

/** Reads a result's content. If it is not a JSON object, the content itself is the log. */
export async function resultText(
  content: string,
): Promise<{ readonly document: Readonly<Record<string, unknown>> | null; readonly log: string }> {
  let document: unknown;
  try {
    document = JSON.parse(content);
  } catch {
    return { document: null, log: content };
  }
  if (typeof document !== "object" || document === null || Array.isArray(document)) {
    return { document: null, log: content };
  }
  const { log, log_gzip: zipped } = document as Record<string, unknown>;
  const text = typeof log === "string"
    ? log
    : typeof zipped === "string"
    ? await unzipped(zipped)
    : content;
  return { document: document as Readonly<Record<string, unknown>>, log: text };
}

async function unzipped(base64: string): Promise<string> {
  let stream: ReadableStream<Uint8Array>;
  try {
    stream = new Blob([Uint8Array.fromBase64(base64)]).stream()
      .pipeThrough(new DecompressionStream("gzip"));
    const parts: Uint8Array<ArrayBuffer>[] = [];
    let bytes = 0;
    for await (const part of stream) {
      bytes += part.length;
      if (bytes > LOG_BYTES) return "the log unzips to more than 64 MiB";
      parts.push(new Uint8Array(part));
    }
    return await new Blob(parts).text();
  } catch {
    return "the log cannot be unzipped";
  }
}
