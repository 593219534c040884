/**
 * The first line of a pipe: a secret that somebody hands over and may never close the pipe behind.
 *
 * Held: at most `maxBytes` and one byte more, overwritten before the function returns. What stands behind the line and was read
 * with it is dropped.
 *
 * @module
 */
import { KeyFileError } from "./key_file_error.ts";

/** How the line is read. */
interface FirstLineRule {
  /** What it is called in errors: `passphrase`. */
  readonly what: string;
  /** Most bytes that it may have. */
  readonly maxBytes: number;
  /** Reads up to as many bytes as the buffer has; null at the end. */
  readonly read: (buffer: Uint8Array) => Promise<number | null>;
}

/**
 * Reads until a line ends, or everything does.
 *
 * @returns The line without its end; null where not a byte came.
 * @throws {KeyFileError} `too_large`, `not_text`
 */
export async function readFirstLine(
  { what, maxBytes, read }: FirstLineRule,
): Promise<string | null> {
  const bytes = new Uint8Array(maxBytes + 1);
  let length = 0;
  let end = -1;
  try {
    while (end < 0 && length < bytes.length) {
      const more = await read(bytes.subarray(length));
      if (more === null) break;
      length += more;
      end = bytes.subarray(0, length).indexOf(LINE_END);
    }
    if (end < 0 && length > maxBytes) {
      throw new KeyFileError("too_large", `Cannot read the ${what}: more than ${maxBytes} bytes`);
    }
    if (length === 0) return null;
    return textOf(what, bytes.subarray(0, end < 0 ? length : end));
  } finally {
    bytes.fill(0);
  }
}

/** UTF-8. An end of line as other systems write it is no part of a secret; spaces are. */
function textOf(what: string, line: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(line).replace(/\r$/, "");
  } catch {
    throw new KeyFileError("not_text", `Cannot read the ${what}: it must be UTF-8`);
  }
}

const LINE_END = 0x0a;
