/**
 * Reads documents from standard input or from files. A document that cannot be read becomes a typed refusal in its place, so that it is
 * counted and visible downstream: `bad_frame`, `truncated_frame`, `too_large`, `unreadable`.
 *
 * A bad frame whose end is known is skipped, and reading continues after it. Otherwise reading ends there. The start of the next frame is
 * not guessed, because a document may contain anything, including a text that looks like a frame from a trusted stage.
 *
 * @module
 */
import { ByteReader } from "./byte_reader.ts";
import { type Document, FrameError, parseFrameHead, RECORD_SEPARATOR } from "./stdio_frames.ts";

/** Limits of the input. */
export interface InputLimits {
  /** Bytes of one document; default 1 MiB. */
  readonly maxDocumentBytes?: number;
  /** Bytes of one frame's first line; default 64 KiB. */
  readonly maxHeadBytes?: number;
  /** Stops reading; documents that were read completely still come. */
  readonly signal?: AbortSignal;
}

/** The default limit for the bytes of one document. */
const DEFAULT_MAX_DOCUMENT_BYTES = 1024 * 1024;
const DEFAULT_MAX_HEAD_BYTES = 64 * 1024;
const LINE_FEED = 0x0a;

/** Reads frames if the first byte is RS, otherwise one document without a frame. Empty input has no documents. */
export async function* readDocuments(
  stdin: ReadableStream<Uint8Array>,
  limits: InputLimits = {},
): AsyncGenerator<Document> {
  const { maxDocumentBytes = DEFAULT_MAX_DOCUMENT_BYTES } = limits;
  const reader = new ByteReader(stdin);
  limits.signal?.addEventListener("abort", () => void reader.cancel().catch(() => {}));
  const first = await reader.peek();
  if (first === -1) return;
  if (first === RECORD_SEPARATOR) return yield* readFrames(reader, limits);
  const bytes = await reader.rest(maxDocumentBytes);
  if (bytes !== null) return yield { bytes, known: {} };
  yield tooLarge(maxDocumentBytes);
  await reader.cancel();
}

/** Each file is one document. */
export async function* readFiles(
  paths: readonly string[],
  readFile: (path: string, maxBytes: number) => Promise<Uint8Array | null>,
  limits: InputLimits = {},
): AsyncGenerator<Document> {
  const { maxDocumentBytes = DEFAULT_MAX_DOCUMENT_BYTES } = limits;
  for (const path of paths) {
    try {
      const bytes = await readFile(path, maxDocumentBytes);
      yield bytes === null ? tooLarge(maxDocumentBytes) : { bytes, known: {} };
    } catch (error) {
      const why = error instanceof Error ? error.name : "unknown error";
      yield refused("unreadable", `Cannot read ${path}: ${why}`);
    }
  }
}

async function* readFrames(reader: ByteReader, limits: InputLimits): AsyncGenerator<Document> {
  const { maxDocumentBytes = DEFAULT_MAX_DOCUMENT_BYTES } = limits;
  const { maxHeadBytes = DEFAULT_MAX_HEAD_BYTES } = limits;
  const lost = async (code: string, message: string) => {
    await reader.cancel();
    return refused(code, message);
  };
  for (;;) {
    const first = await reader.peek();
    if (first === -1) return;
    if (first !== RECORD_SEPARATOR) {
      return yield await lost(
        "bad_frame",
        "Cannot read on: expected the first byte of a frame (RS)",
      );
    }
    await reader.skip(1);
    const line = await reader.until(LINE_FEED, maxHeadBytes);
    if (line === null) return yield await lost("bad_frame", "Cannot read on: a frame has no head");
    let head: ReturnType<typeof parseFrameHead> | null = null;
    let length: number;
    let refusal: Document | null = null;
    try {
      head = parseFrameHead(new TextDecoder("utf-8", { fatal: true }).decode(line));
      length = head.length;
      if (length > maxDocumentBytes) refusal = tooLarge(maxDocumentBytes);
    } catch (error) {
      if (!(error instanceof FrameError) || error.length === undefined) {
        return yield await lost("bad_frame", "Cannot read on: malformed frame");
      }
      length = error.length;
      refusal = refused("bad_frame", error.message);
    }
    let document = refusal;
    if (head === null || document !== null) {
      if (!await reader.skip(length)) return yield truncated();
    } else {
      const bytes = await reader.take(length);
      if (bytes.length < length) return yield truncated();
      document = head.refusal === undefined
        ? { bytes, known: head.known }
        : { bytes, known: head.known, refusal: head.refusal };
    }
    const last = await reader.peek();
    if (last === -1) return yield truncated();
    if (last !== LINE_FEED) {
      return yield await lost("bad_frame", "Cannot read on: expected LF at the end of a frame");
    }
    yield document!;
    await reader.skip(1);
  }
}

function refused(code: string, message: string): Document {
  return { bytes: new Uint8Array(0), known: {}, refusal: { stage: "stdio", code, message } };
}

function tooLarge(maxBytes: number): Document {
  return refused("too_large", `a document must be at most ${maxBytes} bytes`);
}

function truncated(): Document {
  return refused("truncated_frame", "Cannot read on: the input ends within a frame");
}
