/**
 * Files of secrets: mode 0600, written completely and synced, or not at all.
 *
 * @module
 */
import { KeyFileError } from "./key_file_error.ts";

/**
 * Makes a file. An existing file is not changed.
 *
 * @throws {KeyFileError} `exists`
 */
export async function writeNewFile(path: string, text: string): Promise<void> {
  let file: Deno.FsFile;
  try {
    file = await Deno.open(path, { write: true, createNew: true, mode: 0o600 });
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    throw existsAlready();
  }
  try {
    using open = file;
    await writeAll(open, text);
  } catch (error) {
    await Deno.remove(path).catch(() => undefined);
    throw error;
  }
}

/** Replaces a file. At any moment the name shows the whole old file or the whole new one. The new one is first written as `PATH.new`. */
export async function replaceFile(path: string, text: string): Promise<void> {
  const beside = `${path}.new`;
  await Deno.remove(beside).catch(() => undefined);
  await writeNewFile(beside, text);
  await Deno.rename(beside, path);
}

/** The error of a file that exists. */
export function existsAlready(): KeyFileError {
  return new KeyFileError("exists", "the file exists already and is never overwritten");
}

async function writeAll(file: Deno.FsFile, text: string): Promise<void> {
  const bytes = new TextEncoder().encode(text);
  for (let offset = 0; offset < bytes.length;) {
    offset += await file.write(bytes.subarray(offset));
  }
  await file.sync();
}
