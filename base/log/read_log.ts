/**
 * Reads the program log: its last lines, and lines that are added while somebody watches.
 *
 * @module
 */
import { openPlainFile } from "../files/plain_file.ts";
import { lstatOrNull } from "../files/missing.ts";

/** The parts of a line. */
interface LogLine {
  /** ISO 8601. */
  readonly time?: string;
  /** `debug`, `info`, `warn` or `error`. */
  readonly level?: string;
  /** The message; the whole line if its format is unknown. */
  readonly msg?: string;
  /** All other fields. */
  readonly fields: Readonly<Record<string, string>>;
}

const BLOCK_BYTES = 65_536;
const MAX_PARTIAL_CHARS = 65_536;

/**
 * Splits a line of `formatLine()` into its parts. A line of another format is returned as `msg`.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { parseLine } from "./read_log.ts";
 * assert.deepEqual(parseLine('level=info msg="payment channel opened" balance=50.00'), {
 *   level: "info",
 *   msg: "payment channel opened",
 *   fields: { balance: "50.00" },
 * });
 * ```
 */
export function parseLine(line: string): LogLine {
  const pairs = new Map<string, string>();
  const pattern = /([a-zA-Z0-9_]+)=("(?:[^"\\]|\\.)*"|[^\s"]*)(?:\s+|$)/y;
  while (pattern.lastIndex < line.length) {
    const match = pattern.exec(line);
    if (match === null) return { msg: line, fields: {} };
    const [, key, raw] = match;
    try {
      pairs.set(key, raw.startsWith('"') ? String(JSON.parse(raw)) : raw);
    } catch {
      return { msg: line, fields: {} };
    }
  }
  const take = (key: string) => {
    const value = pairs.get(key);
    pairs.delete(key);
    return value === undefined ? {} : { [key]: value };
  };
  return { ...take("time"), ...take("level"), ...take("msg"), fields: Object.fromEntries(pairs) };
}

/** Returns the last lines of a file, oldest first. It reads from the end, so a large file costs no more than the lines that are shown. */
export async function lastLines(path: string, count: number): Promise<string[]> {
  using file = await openPlainFile(path);
  return (await tailOf(file, (await file.stat()).size, count)).lines;
}

/** Options of watching a log. */
interface FollowOptions {
  /** The log file. */
  readonly path: string;
  /** How many existing lines come first. */
  readonly count: number;
  /** Ends watching. */
  readonly signal: AbortSignal;
  /** Waits before the next check; resolves early if `signal` aborts. */
  readonly pause: (signal: AbortSignal) => Promise<void>;
}

/**
 * Yields the last lines and then every new one, also after rotations, until `signal` aborts. Holds one unfinished line of at most 64 Ki
 * characters.
 */
export async function* followLines(options: FollowOptions): AsyncGenerator<string> {
  const { path, count, signal, pause } = options;
  let file: Deno.FsFile | null = await openPlainFile(path);
  try {
    let info = await file.stat();
    const tail = await tailOf(file, info.size, count);
    yield* tail.lines;
    let position = tail.end;
    let partial = "";
    while (!signal.aborted) {
      const more = await readFrom(file, position);
      position += more.bytes;
      const lines = (partial + more.text).split("\n");
      partial = lines.pop()!.slice(-MAX_PARTIAL_CHARS);
      yield* lines;
      if (more.bytes > 0) continue;
      const there = await lstatOrNull(path);
      if (there !== null && (there.ino !== info.ino || there.size < position)) {
        // The file was rotated (another file) or truncated; continue at its start.
        file.close();
        file = null;
        file = await openPlainFile(path);
        info = await file.stat();
        position = 0;
        partial = "";
        continue;
      }
      await pause(signal);
    }
  } finally {
    file?.close();
  }
}

/** Returns the last complete lines before `size`, and where they end. */
async function tailOf(
  file: Deno.FsFile,
  size: number,
  count: number,
): Promise<{ lines: string[]; end: number }> {
  let start = size;
  let newlines = 0;
  const blocks: Uint8Array[] = [];
  while (start > 0 && newlines <= count) {
    const from = Math.max(0, start - BLOCK_BYTES);
    const block = new Uint8Array(start - from);
    await file.seek(from, Deno.SeekMode.Start);
    let got = 0;
    while (got < block.length) {
      const n = await file.read(block.subarray(got));
      if (n === null) break;
      got += n;
    }
    for (const byte of block) if (byte === 0x0a) newlines++;
    blocks.unshift(block);
    start = from;
  }
  const bytes = new Uint8Array(size - start);
  let offset = 0;
  for (const block of blocks) {
    bytes.set(block, offset);
    offset += block.length;
  }
  const end = bytes.lastIndexOf(0x0a) + 1;
  const lines = new TextDecoder().decode(bytes.subarray(0, end)).split("\n").slice(0, -1);
  return { lines: count === 0 ? [] : lines.slice(-count), end: start + end };
}

async function readFrom(
  file: Deno.FsFile,
  position: number,
): Promise<{ text: string; bytes: number }> {
  const block = new Uint8Array(BLOCK_BYTES);
  await file.seek(position, Deno.SeekMode.Start);
  const n = await file.read(block) ?? 0;
  // Takes only whole lines, so that no character is cut in two. A block without a line feed is taken whole.
  const end = block.subarray(0, n).lastIndexOf(0x0a) + 1;
  const taken = end > 0 ? end : n === BLOCK_BYTES ? n : 0;
  return { text: new TextDecoder().decode(block.subarray(0, taken)), bytes: taken };
}
