/**
 * The lines of the payment log, from the oldest kept day to the live file.
 *
 * @module
 */
import { errorOf } from "../../base/thrown.ts";
import { parseJournalLine } from "../../store/journal_row.ts";
import type { TrailLine } from "./trail.ts";
import { openPlainFile } from "../../base/files/plain_file.ts";

/** A file of the log. */
export interface LogFile {
  /** Its path in the state folder, as messages show it. */
  readonly name: string;
  /** Its absolute path. */
  readonly path: string;
  /** A sealed day is gzipped, and ends with a whole line. */
  readonly sealed: boolean;
  /** Only this number of bytes of a live file is read, because a daemon may be writing. */
  readonly sizeBytes?: number;
}

/** Replaces data that cannot be unpacked; it is a line that is no entry. */
const NO_GZIP = "\n\0what follows cannot be unpacked\n";

/** Far longer than any line of ours. */
const MAX_LINE = 16_384;

/**
 * Yields every line. A live file's last line without a newline was not completely written, and is left out. After a crash between sealing a
 * day and emptying the log, the live file starts with sealed lines; these are skipped.
 */
export async function* logLines(files: readonly LogFile[]): AsyncGenerator<TrailLine> {
  let sealedSeq = 0;
  for (const file of files) {
    let line = 0;
    let begun = file.sealed;
    for await (const { text, whole } of textLines(file)) {
      line += 1;
      if (!whole && !file.sealed) break;
      const entry = whole ? entryOf(text) : new Error("it is cut off");
      const seq = entry instanceof Error ? null : entry.seq;
      if (!begun && seq !== null && seq <= sealedSeq) continue;
      begun = true;
      if (file.sealed && seq !== null) sealedSeq = seq;
      yield { file: file.name, line, entry };
    }
  }
}

function entryOf(text: string): TrailLine["entry"] {
  try {
    return parseJournalLine(text);
  } catch (error) {
    return errorOf(error);
  }
}

async function* textLines(
  file: LogFile,
): AsyncGenerator<{ readonly text: string; readonly whole: boolean }> {
  let rest = "";
  for await (const text of textOf(file)) {
    const parts = (rest + text).split("\n");
    rest = parts.pop()!;
    for (const part of parts) yield { text: part, whole: true };
    // A line of this length is no line of a log.
    if (rest.length > MAX_LINE) {
      yield { text: rest.slice(0, MAX_LINE), whole: true };
      return;
    }
  }
  if (rest !== "") yield { text: rest, whole: false };
}

async function* textOf({ path, sealed, sizeBytes = Infinity }: LogFile): AsyncGenerator<string> {
  const file = await openPlainFile(path);
  let left = sizeBytes;
  const bytes = file.readable.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array<ArrayBuffer>>({
      transform(chunk, controller) {
        const taken = chunk.subarray(0, Math.min(chunk.length, left));
        left -= taken.length;
        if (taken.length > 0) controller.enqueue(taken.slice());
        if (left <= 0) controller.terminate();
      },
    }),
  );
  const plain = sealed ? bytes.pipeThrough(new DecompressionStream("gzip")) : bytes;
  try {
    yield* plain.pipeThrough(new TextDecoderStream());
  } catch (cause) {
    if (!(cause instanceof TypeError) || !sealed) throw cause;
    yield NO_GZIP;
  }
}
