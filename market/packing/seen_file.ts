/**
 * Reads a file that was examined before, and no other file. In the meantime, somebody who can write in the folder may have replaced it by a
 * link, a pipe or another file.
 *
 * @module
 */
import { nodeFiles } from "../../base/node_modules.ts";
import { InputError } from "./input_error.ts";
import { folded } from "./private_files.ts";
import { isMissing } from "../../base/files/missing.ts";

/** The properties by which {@link readSeen} recognizes the file. */
type Seen = Pick<Deno.FileInfo, "ino" | "dev" | "size">;

/**
 * The bytes of the file at a path without links.
 *
 * @param seen The result of `lstat` when the file was examined.
 * @throws {InputError} `bad_input` if another file is there now, or a folder above it became a link
 */
export async function readSeen(path: string, seen: Seen): Promise<Uint8Array> {
  const { constants, promises: { open } } = nodeFiles();
  // If a pipe took the file's place, `Deno.open` would wait until somebody writes. O_NONBLOCK prevents that.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch((error) => {
    if (cameBetween(error)) throw changed(path, error);
    throw error;
  });
  try {
    const now = await file.stat();
    const same = now.isFile() && now.ino === seen.ino && now.dev === seen.dev &&
      now.size === seen.size;
    if (!same || !await isWhereItSeems(path)) throw changed(path);
    const bytes = new Uint8Array(seen.size);
    let length = 0;
    while (length < bytes.length) {
      const { bytesRead } = await file.read(bytes, length, bytes.length - length, null);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    return bytes.subarray(0, length);
  } finally {
    await file.close();
  }
}

/** Whether no folder above the file is a link. The names are compared in folded form, because the file system may return other letters. */
async function isWhereItSeems(path: string): Promise<boolean> {
  try {
    return folded(await Deno.realPath(path)) === folded(path);
  } catch (error) {
    if (cameBetween(error)) return false;
    throw error;
  }
}

/**
 * Whether an error means that the path changed: the file was removed, a folder above it became a file, or a link leads to a place that this
 * worker may not read.
 */
function cameBetween(error: unknown): boolean {
  if (error instanceof Deno.errors.NotCapable) return true;
  if (isMissing(error)) return true;
  const code = (error as { readonly code?: unknown } | null)?.code;
  return code === "ENOENT" || code === "ENOTDIR" || code === "ENXIO" || code === "ELOOP";
}

function changed(path: string, cause?: unknown): InputError {
  return new InputError("bad_input", `${path} was changed while it was read`, {
    cause,
    suggestion: "Run the command again",
  });
}
