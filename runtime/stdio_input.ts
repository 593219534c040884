/**
 * Documents from standard input or from files. What cannot be read is a typed refusal in its place, so that it is counted
 * and seen downstream: `bad_frame`, `truncated_frame`, `too_large`, `unreadable`.
 *
 * A frame whose end is known is passed over and reading goes on after it. Where the next frame begins is otherwise not
 * guessed: a document may hold anything, also what looks like a frame that some stage has vouched for. Reading ends there.
 *
 * @module
 */
import { ByteReader } from "./byte_reader.ts";
import { type Document, FrameError, parseFrameHead, RECORD_SEPARATOR } from "./stdio_frames.ts";

/** Bounds of what is read. */
export interface InputLimits {
  /** Bytes of one document; 1 MiB unless told. */
  readonly maxDocumentBytes?: number;
  /** Bytes of one frame's first line; 64 KiB unless told. */
  readonly maxHeadBytes?: number;
  /** Ends the reading; what was read whole still comes. */
  readonly signal?: AbortSignal;
}

/** The most bytes of one document where nothing else is told. */
const DEFAULT_MAX_DOCUMENT_BYTES = 1024 * 1024;
const DEFAULT_MAX_HEAD_BYTES = 64 * 1024;
const LINE_FEED = 0x0a;

/** Frames where the first byte is RS, else one bare document; nothing where there is nothing. */
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
      return yield await lost("bad_frame", "Cannot read on: no frame begins where one must");
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
      return yield await lost("bad_frame", "Cannot read on: a frame does not end where it must");
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
