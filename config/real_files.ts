/**
 * The two questions of `loadConfig` to the file system. Needs read permission for the home, and for the `.gt` folders above the working
 * folder in order to find one.
 *
 * @module
 */
import { ConfigError } from "../base/config_error.ts";
import type { ConfigFile } from "./config_file.ts";
import { LinkedFileError } from "../base/files/linked_file_error.ts";
import { openPlainFile } from "../base/files/plain_file.ts";
import { isMissing } from "../base/files/missing.ts";

const MAX_FILE_BYTES = 1024 * 1024;

/**
 * A file of at most 1 MiB with its permission bits; null if it is missing.
 *
 * @throws {ConfigError} if it is larger, or no plain file
 */
export async function readFile(path: string): Promise<ConfigFile | null> {
  using file = await openConfigFile(path);
  if (file === null) return null;
  const { size, mode } = await file.stat();
  if (size > MAX_FILE_BYTES) {
    throw new ConfigError(
      "config_syntax",
      `${path} is over 1 MiB`,
      "put a short text file there",
    );
  }
  return { text: await textOf(file), mode };
}

/**
 * Opens a file to read it; null if it is missing.
 *
 * @throws {ConfigError} if it is no plain file
 */
export async function openConfigFile(path: string): Promise<Deno.FsFile | null> {
  try {
    return await openPlainFile(path);
  } catch (error) {
    if (isMissing(error)) return null;
    throw error instanceof LinkedFileError ? linkedConfig(error) : error;
  }
}

/** The fault of a configuration whose file is no plain one, with the same code. */
export function linkedConfig(cause: LinkedFileError): ConfigError {
  return new ConfigError(cause.code, cause.message, cause.suggestion, { cause });
}

async function textOf(file: Deno.FsFile): Promise<string> {
  const bytes = new Uint8Array(MAX_FILE_BYTES);
  let size = 0;
  while (size < bytes.length) {
    const read = await file.read(bytes.subarray(size));
    if (read === null) break;
    size += read;
  }
  return new TextDecoder().decode(bytes.subarray(0, size));
}

/** Whether a folder exists and may be read. */
export async function isFolder(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isDirectory;
  } catch (error) {
    if (isMissing(error) || error instanceof Deno.errors.PermissionDenied) return false;
    throw error;
  }
}
