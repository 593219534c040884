/**
 * Reads a secret from the first line of a pipe, whose writer may never close it.
 *
 * Held: at most `maxBytes` and one byte more, overwritten before the function returns. Bytes after the line that were read with it are
 * dropped, unless the secret's rule takes them.
 *
 * @module
 */
import { KeyFileError } from "./key_file_error.ts";

/** The rule for reading the line. */
interface FirstLineRule {
  /** The name of the secret in errors: `passphrase`. */
  readonly what: string;
  /** The most bytes that it may have. */
  readonly maxBytes: number;
  /** Reads up to as many bytes as the buffer has. Null at the end. */
  readonly read: (buffer: Uint8Array) => Promise<number | null>;
  /** Finds the secret in what was read: the first line, and what came with it in the same read. Without it, the secret is the first line. */
  readonly secretOf?: (text: string) => string;
}

/**
 * Reads until the end of the first line, or until the pipe ends.
 *
 * @returns The line without its end. Null if the pipe ended without a byte.
 * @throws {KeyFileError} `too_large`, `not_text`
 */
export async function readFirstLine(
  { what, maxBytes, read, secretOf }: FirstLineRule,
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
    const line = textOf(what, bytes.subarray(0, end < 0 ? length : end));
    if (secretOf === undefined || end < 0) return line;
    // What follows may be cut in the middle of a character.
    return secretOf(`${line}\n${new TextDecoder().decode(bytes.subarray(end + 1, length))}`);
  } finally {
    bytes.fill(0);
  }
}

/** Decodes UTF-8. A carriage return at the end is removed, spaces are kept. */
function textOf(what: string, line: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(line).replace(/\r$/, "");
  } catch {
    throw new KeyFileError("not_text", `Cannot read the ${what}: it must be UTF-8`);
  }
}

const LINE_END = 0x0a;
