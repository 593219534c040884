/**
 * The program log on disk: `crosstown.log`, mode 0600, rotated by size. Several processes may append to one file. Each line is one write,
 * and a writer notices within a second that another one rotated the file.
 *
 * Held: nothing. A line is written when it is logged. A line that cannot be written (full disk) is dropped and counted, and the count is
 * logged with the next line that can be written. Logging never throws.
 *
 * @module
 */
import { type Fields, formatLine, type Level, type Log } from "./log.ts";
import { openPlainFileSync } from "../files/plain_file.ts";

/** Options of a log. */
interface FileLogOptions {
  /** Absolute path of the file. Its folder is created with mode 0700. */
  readonly path: string;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  /** The lowest level that is written. Default `info`. */
  readonly level?: Level;
  /** Size at which the file is rotated. Default 10 MiB. */
  readonly maxBytes?: number;
  /** Rotated files that are kept, `path.1` (newest) to `path.N`. Default 5. */
  readonly keep?: number;
}

/** An open log. */
export interface FileLog {
  /** Writes a line. Fields must not contain secrets. */
  readonly log: Log;
  /** Lines that could not be written and were not yet reported. */
  readonly dropped: () => number;
  /** Closes the file; later lines are dropped. */
  close(): void;
  /** The same, for `using`. */
  [Symbol.dispose](): void;
}

/** From the lowest. */
export const LEVELS: readonly Level[] = ["debug", "info", "warn", "error"];

const MAX_LINE_CHARS = 16_384;
const RECHECK_MS = 1_000;

/**
 * Opens the log, and creates it if necessary.
 *
 * @throws the system's error if the file cannot be opened
 */
export function openFileLog(options: FileLogOptions): FileLog {
  return new RotatedFile(options);
}

class RotatedFile implements FileLog {
  readonly #path: string;
  readonly #clock: () => number;
  readonly #least: number;
  readonly #maxBytes: number;
  readonly #keep: number;
  #file: Deno.FsFile | null;
  #inode: number | null = null;
  #size = 0;
  #checkedAtMs: number;
  #dropped = 0;
  #closed = false;

  constructor({ path, clock, level, maxBytes, keep }: FileLogOptions) {
    this.#path = path;
    this.#clock = clock;
    this.#least = LEVELS.indexOf(level ?? "info");
    this.#maxBytes = maxBytes ?? 10 * 1024 * 1024;
    this.#keep = keep ?? 5;
    this.#checkedAtMs = clock();
    const folder = path.slice(0, path.lastIndexOf("/"));
    if (folder !== "") Deno.mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.#file = this.#open();
  }

  log = (level: Level, msg: string, fields: Fields = {}): void => {
    if (LEVELS.indexOf(level) < this.#least) return;
    const nowMs = this.#clock();
    try {
      if (this.#closed) throw new Error("the log is closed");
      this.#follow(nowMs);
      if (this.#dropped > 0) {
        this.#write(formatLine(nowMs, "warn", "log lines dropped", { count: this.#dropped }));
        this.#dropped = 0;
      }
      this.#write(formatLine(nowMs, level, msg, fields));
    } catch {
      // A full disk must not stop the work that is being logged.
      this.#dropped++;
    }
  };

  dropped = (): number => this.#dropped;

  close(): void {
    this.#closed = true;
    this.#file?.close();
    this.#file = null;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #write(line: string): void {
    const text = line.length > MAX_LINE_CHARS ? `${line.slice(0, MAX_LINE_CHARS)}...` : line;
    const bytes = new TextEncoder().encode(`${text}\n`);
    if (this.#size > 0 && this.#size + bytes.length > this.#maxBytes) this.#rotate();
    this.#file ??= this.#open();
    for (let offset = 0; offset < bytes.length;) {
      offset += this.#file.writeSync(bytes.subarray(offset));
    }
    this.#size += bytes.length;
  }

  /** Reopens the file if another process rotated or removed it. */
  #follow(nowMs: number): void {
    if (Math.abs(nowMs - this.#checkedAtMs) < RECHECK_MS) return;
    this.#checkedAtMs = nowMs;
    const there = inodeOf(this.#path);
    if (there.inode === this.#inode && there.inode !== null) {
      this.#size = there.size; // Other writers add to it too.
      return;
    }
    this.#reopen();
  }

  #rotate(): void {
    // If another process has already rotated it, only its new file is opened.
    const there = inodeOf(this.#path);
    if (there.inode === this.#inode && there.inode !== null) {
      for (let n = this.#keep; n >= 1; n--) {
        try {
          Deno.renameSync(n === 1 ? this.#path : `${this.#path}.${n - 1}`, `${this.#path}.${n}`);
        } catch (error) {
          if (!(error instanceof Deno.errors.NotFound)) throw error;
        }
      }
      if (this.#keep === 0) Deno.removeSync(this.#path);
    }
    this.#reopen();
  }

  #reopen(): void {
    this.#file?.close();
    this.#file = null;
    this.#file = this.#open();
  }

  #open(): Deno.FsFile {
    const file = openPlainFileSync(this.#path, { append: true, create: true, mode: 0o600 });
    try {
      const info = file.statSync();
      if (!info.isFile) throw new Error(`${this.#path} is not a file`);
      if (info.mode !== null && (info.mode & 0o077) !== 0) Deno.chmodSync(this.#path, 0o600);
      this.#inode = info.ino;
      this.#size = info.size;
      return file;
    } catch (error) {
      file.close();
      throw error;
    }
  }
}

function inodeOf(path: string): { readonly inode: number | null; readonly size: number } {
  try {
    const { ino, size } = Deno.lstatSync(path);
    return { inode: ino, size };
  } catch {
    return { inode: null, size: 0 };
  }
}
