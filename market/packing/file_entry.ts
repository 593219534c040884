/**
 * A file that was looked at, as an entry of a tar.
 *
 * @module
 */
import { InputError } from "./input_error.ts";
import type { InputPlace } from "./input_place.ts";
import { folded } from "./private_files.ts";
import type { TarEntry } from "./tar_writer.ts";

/** A file that was looked at. */
export interface Looked {
  readonly path: string;
  readonly info: Deno.FileInfo;
  /** Where it points to; null for a file. */
  readonly target: string | null;
}

/** Reads the file, and refuses another than the one that was looked at. Throws InputError `bad_input`. */
export async function fileEntry({ path: root }: InputPlace, looked: Looked): Promise<TarEntry> {
  const { path, info, target } = looked;
  const executable = target !== null || ((info.mode ?? 0) & 0o111) !== 0;
  if (target !== null) return { path, type: "link", executable, target, bytes: new Uint8Array() };
  using file = await Deno.open(`${root}/${path}`);
  const now = await file.stat();
  // What was looked at is what is read: not a link, nor a file behind a folder that became a link, nor another file.
  const same = now.ino === info.ino && now.dev === info.dev && now.size === info.size;
  if (!same || !await isWhereItSeems(`${root}/${path}`)) {
    throw new InputError("bad_input", `${root}/${path} was changed while it was read`, {
      suggestion: "Run the command again",
    });
  }
  const bytes = new Uint8Array(info.size);
  let read = 0;
  while (read < bytes.length) {
    const count = await file.read(bytes.subarray(read));
    if (count === null) break;
    read += count;
  }
  return { path, type: "file", executable, target: "", bytes: bytes.subarray(0, read) };
}

/** A folder. */
export function folderEntry(path: string): TarEntry {
  return {
    path: `${path}/`,
    type: "folder",
    executable: true,
    target: "",
    bytes: new Uint8Array(),
  };
}

/** Whether no folder above it is a link; a file system may know the name by other letters. */
async function isWhereItSeems(path: string): Promise<boolean> {
  try {
    return folded(await Deno.realPath(path)) === folded(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
