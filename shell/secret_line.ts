/**
 * One line typed on a terminal whose echo is off.
 *
 * @module
 */
import { KeyFileError } from "../money/wallet/key_file_error.ts";

/** A terminal that can be asked. */
interface RawTerminal {
  /** Bytes as they are typed; null at the end. Rejects where the question is given up. */
  read(buffer: Uint8Array): Promise<number | null>;
  /** On: nothing typed is shown, and every key comes at once, Ctrl-C too. */
  setRaw(on: boolean): void;
  /** Shows the question. Called when nothing typed is shown any more: somebody may type as soon as it stands there. */
  ask(): Promise<unknown>;
}

const MAX_BYTES = 4_096;

/**
 * Reads to the end of the line. Backspace takes a character back, Ctrl-U all of them.
 *
 * @returns null when it was given up (Ctrl-D on an empty line, end of input)
 * @throws AbortError on Ctrl-C, and what the terminal's `read` throws; the echo is on again then
 * @throws {KeyFileError} more was typed than a secret may have
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
        // No signal comes while every key is read here.
        if (byte === 3) throw new DOMException("Ctrl-C was typed", "AbortError");
        if (byte === 4 && typed.length === 0) return null;
        if (byte === 13 || byte === 10) {
          return new TextDecoder().decode(Uint8Array.from(typed));
        }
        if (byte === 127 || byte === 8) takeBack(typed);
        else if (byte === 21) typed.length = 0;
        else if (byte >= 32) typed.push(byte);
        // Cut silently, it would be another secret than the one that was meant.
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
