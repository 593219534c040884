/**
 * The process as commands see it: standard streams, environment, clock. The real one is in `cli.ts`; tests have one in memory.
 *
 * @module
 */

import { unlessAborted } from "../base/until_aborted.ts";
import type { VariableName } from "../config/environment.ts";

/**
 * An output stream. When its reader goes away (EPIPE; EIO of a closed terminal), it closes without an error: later writes are dropped, and
 * {@link Io.onHangUp} is called.
 */
export interface OutputStream {
  /** Writes all bytes, or drops them if the reader has gone. */
  write(bytes: Uint8Array): Promise<void>;
  readonly isTerminal: boolean;
}

/** A terminal that a command controls alone. */
export interface Terminal {
  /** In raw mode, typed text is not shown, and every key arrives at once, also Ctrl-C. */
  readonly setRaw: (on: boolean) => void;
  readonly size: () => { readonly columns: number; readonly rows: number };
  /** Calls `tell` when the size has changed, until the signal aborts. */
  readonly onResize: (tell: () => void, signal: AbortSignal) => void;
}

/** What a command may use of its process. */
export interface Io {
  readonly stdin: ReadableStream<Uint8Array>;
  readonly stdinIsTerminal: boolean;
  /** Asks the person at the terminal without showing the answer; null if the person gave up. Absent without a terminal. */
  readonly askSecret?: (prompt: string, signal: AbortSignal) => Promise<string | null>;
  /** Asks the person at the terminal for a line, which is shown; null at the end of input. Absent without a terminal. */
  readonly askLine?: (prompt: string, signal: AbortSignal) => Promise<string | null>;
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  /** Called with each remark for people, in every output mode, for a program that runs the command in its own process. */
  readonly onNote?: (text: string) => void;
  /** The whole screen and its keys; absent unless standard input and output are a terminal. */
  readonly screen?: Terminal;
  /** Width of the terminal in columns; 80 without a terminal. */
  readonly columns: number;
  readonly env: (name: VariableName) => string | undefined;
  readonly cwd: () => string;
  /** The user's number; null if the system has none, or if it may not be read. */
  readonly uid: () => number | null;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
}

/**
 * The real process.
 *
 * @param onHangUp Called once when standard output has lost its reader, as in `crosstown logs --follow | head -1`.
 */
export function processIo(onHangUp: () => void): Io {
  return {
    get stdin() {
      return Deno.stdin.readable;
    },
    stdinIsTerminal: Deno.stdin.isTerminal(),
    ...(Deno.stdin.isTerminal() ? { askSecret, askLine } : {}),
    ...(Deno.stdin.isTerminal() && Deno.stdout.isTerminal() ? { screen: realTerminal } : {}),
    stdout: outputStream(Deno.stdout, onHangUp),
    stderr: outputStream(Deno.stderr, () => {}),
    get columns() {
      try {
        return Deno.consoleSize().columns || 80;
      } catch {
        return 80;
      }
    },
    env: (name) => Deno.env.get(name),
    cwd: () => Deno.cwd(),
    uid: () => {
      const { state } = Deno.permissions.querySync({ name: "sys", kind: "uid" });
      return state === "granted" ? Deno.uid() : null;
    },
    clock: () => Date.now(),
  };
}

const realTerminal: Terminal = {
  setRaw: (on) => Deno.stdin.setRaw(on),
  size() {
    // A terminal whose size was never set reports 0.
    const { columns, rows } = Deno.consoleSize();
    return { columns: columns || 80, rows: rows || 24 };
  },
  onResize(tell, signal) {
    if (Deno.build.os === "windows") return; // Windows has no such signal.
    Deno.addSignalListener("SIGWINCH", tell);
    signal.addEventListener("abort", () => Deno.removeSignalListener("SIGWINCH", tell));
  },
};

async function askSecret(prompt: string, signal: AbortSignal): Promise<string | null> {
  const { readSecretLine } = await import("./secret_line.ts");
  const show = (text: string) => Deno.stderr.write(new TextEncoder().encode(text));
  try {
    return await readSecretLine({
      ask: () => show(prompt),
      read: (buffer) => unlessAborted(signal, Deno.stdin.read(buffer)),
      setRaw: (on) => Deno.stdin.setRaw(on),
    });
  } finally {
    await show("\n");
  }
}

/** The terminal handles corrections and returns the whole line. A longer line than it supports is cut. */
async function askLine(prompt: string, signal: AbortSignal): Promise<string | null> {
  await Deno.stderr.write(new TextEncoder().encode(prompt));
  const buffer = new Uint8Array(4_096);
  const length = await unlessAborted(signal, Deno.stdin.read(buffer));
  return length === null ? null : new TextDecoder().decode(buffer.subarray(0, length)).trim();
}

/** The target of writes: `Deno.stdout`, or a fake. */
interface Writer {
  write(bytes: Uint8Array): Promise<number>;
  isTerminal(): boolean;
}

/** Whether the reader has gone: the pipe is broken, or the terminal was closed (EIO, which has no class in Deno). */
function isGone(error: unknown): boolean {
  return error instanceof Deno.errors.BrokenPipe ||
    error instanceof Error && /\(os error 5\)/.test(error.message);
}

/** Wraps a writer that may write only a part, be busy for a moment, or lose its reader. */
export function outputStream(writer: Writer, onHangUp: () => void): OutputStream {
  let gone = false;
  return {
    isTerminal: writer.isTerminal(),
    async write(bytes) {
      for (let offset = 0; offset < bytes.length && !gone;) {
        try {
          offset += await writer.write(bytes.subarray(offset));
        } catch (error) {
          if (error instanceof Deno.errors.WouldBlock) {
            // Another process made the pipe non-blocking; wait until the reader catches up.
            await new Promise((resolve) => setTimeout(resolve, 1));
            continue;
          }
          if (!isGone(error)) throw error;
          gone = true;
          onHangUp();
        }
      }
    },
  };
}
