/**
 * Reads one line from a terminal without echo.
 *
 * @module
 */
import { KeyFileError } from "../money/wallet/key_file_error.ts";

/** A terminal for a question. */
interface RawTerminal {
  /** Typed bytes; null at the end. Rejects if the question is given up. */
  read(buffer: Uint8Array): Promise<number | null>;
  /** In raw mode, typed text is not shown, and every key arrives at once, also Ctrl-C. */
  setRaw(on: boolean): void;
  /** Shows the question. It is called after the echo is off, because a person may type as soon as the question appears. */
  ask(): Promise<unknown>;
}

const MAX_BYTES = 4_096;

/**
 * Reads to the end of the line. Backspace removes a character, Ctrl-U removes all.
 *
 * @returns null if the person gave up (Ctrl-D on an empty line, end of input)
 * @throws AbortError on Ctrl-C, and what the terminal's `read` throws; the echo is on again afterwards
 * @throws {KeyFileError} if more was typed than a secret may have
 */
export async function readSecretLine(terminal: RawTerminal): Promise<string | null> {
  const typed: number[] = [];
  const chunk = new Uint8Array(256);
  terminal.setRaw(true);
  try {
    await terminal.ask();
    while (true) {
      const length = await terminal.read(chunk);
      if (length === null) return null;
      for (const byte of chunk.subarray(0, length)) {
        // In raw mode, Ctrl-C sends no signal.
        if (byte === 3) throw new DOMException("Ctrl-C was typed", "AbortError");
        if (byte === 4 && typed.length === 0) return null;
        if (byte === 13 || byte === 10) {
          return new TextDecoder().decode(Uint8Array.from(typed));
        }
        if (byte === 127 || byte === 8) takeBack(typed);
        else if (byte === 21) typed.length = 0;
        else if (byte >= 32) typed.push(byte);
        // A silently shortened text would be another secret.
        if (typed.length > MAX_BYTES) {
          throw new KeyFileError("too_large", `more than ${MAX_BYTES} bytes were typed`);
        }
      }
    }
  } finally {
    terminal.setRaw(false);
    chunk.fill(0);
    typed.fill(0);
  }
}

/** One character is one to four bytes of UTF-8. */
function takeBack(typed: number[]): void {
  let last = typed.pop();
  while (last !== undefined && (last & 0xc0) === 0x80) last = typed.pop();
}
