/**
 * Reads the end of the payment log, so that writing can continue there. `trail/recovery` reads the whole log.
 *
 * @module
 */
import { JournalLineError, parseJournalLine } from "../../store/journal_row.ts";
import { AuditError } from "./audit_error.ts";
import type { JournalPlace } from "./audit_commit.ts";
import { openPlainFile } from "../../base/files/plain_file.ts";

/** The end of a log. */
interface LogEnd {
  /** Number of bytes to keep: up to the end of the last whole line. */
  readonly end: number;
  /** The last line's entry; null in an empty log. */
  readonly place: JournalPlace | null;
  /** The last line's day. */
  readonly day: string | null;
}

/** More than any line has. */
const TAIL_BYTES = 65_536;

/**
 * Reads the end of an open log. A part after the last line feed is torn by a crash. So is a last line with NUL bytes, because a file system
 * may extend a file before it writes the content. Any other invalid line was added by somebody else, and stays.
 *
 * @throws AuditError `broken` if the last whole line cannot be read
 */
export async function lastLogPlace(file: Deno.FsFile): Promise<LogEnd> {
  let { size } = await file.stat();
  for (;;) {
    const from = Math.max(0, size - TAIL_BYTES);
    const bytes = await readAt(file, from, size - from);
    const end = bytes.lastIndexOf(10) + 1;
    if (end === 0) {
      if (from === 0) return { end: 0, place: null, day: null };
      // Longer than any line of ours, so all of it is torn.
      size = from;
      continue;
    }
    const start = bytes.lastIndexOf(10, end - 2) + 1;
    const line = bytes.subarray(start, end - 1);
    if (line.includes(0)) {
      size = from + start;
      continue;
    }
    const { seq, hash, atMs } = parsed(new TextDecoder().decode(line), "payment_log.jsonl");
    return {
      end: from + end,
      place: { seq, hash },
      day: new Date(atMs).toISOString().slice(0, 10),
    };
  }
}

/** The entry of the last line of a sealed day. Throws AuditError `broken`. */
export async function lastSealedLine(path: string): Promise<JournalPlace> {
  let last = "";
  try {
    for await (const text of unpacked(path)) last = text;
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
    throw new AuditError("broken", `${nameOf(path)} is damaged: move it away`, { cause });
  }
  const { seq, hash } = parsed(last, nameOf(path));
  return { seq, hash };
}

async function* unpacked(path: string): AsyncGenerator<string> {
  const file = await openPlainFile(path);
  yield* linesOf(file.readable.pipeThrough(new DecompressionStream("gzip")));
}

/** Our lines are never longer. */
const MAX_LINE = 65_536;

async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const parts = (rest + text).split("\n");
    rest = parts.pop()!.slice(0, MAX_LINE);
    yield* parts;
  }
  if (rest !== "") yield rest;
}

async function readAt(file: Deno.FsFile, at: number, size: number): Promise<Uint8Array> {
  await file.seek(at, Deno.SeekMode.Start);
  const bytes = new Uint8Array(size);
  let read = 0;
  while (read < size) {
    const count = await file.read(bytes.subarray(read));
    if (count === null) break;
    read += count;
  }
  return bytes.subarray(0, read);
}

function parsed(text: string, file: string) {
  try {
    return parseJournalLine(text);
  } catch (cause) {
    if (!(cause instanceof JournalLineError)) throw cause;
    throw new AuditError("broken", `the last line of ${file} cannot be read: ${cause.message}`, {
      cause,
    });
  }
}

function nameOf(path: string): string {
  return path.split("/").slice(-2).join("/");
}
