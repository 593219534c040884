/**
 * Makes a tar entry of a file that was examined before.
 *
 * @module
 */
import type { InputPlace } from "./input_place.ts";
import { readSeen } from "./seen_file.ts";
import type { TarEntry } from "../../protocols/tar/tar_writer.ts";

/** A file that was examined. */
export interface Looked {
  readonly path: string;
  readonly info: Deno.FileInfo;
  /** The target of a symbolic link. Null for a file. */
  readonly target: string | null;
}

/** Reads the file. If another file is there than the one that was examined, throws InputError `bad_input`. */
export async function fileEntry({ path: root }: InputPlace, looked: Looked): Promise<TarEntry> {
  const { path, info, target } = looked;
  const executable = target !== null || ((info.mode ?? 0) & 0o111) !== 0;
  if (target !== null) return { path, type: "link", executable, target, bytes: new Uint8Array() };
  const bytes = await readSeen(`${root}/${path}`, info);
  return { path, type: "file", executable, target: "", bytes };
}

/** The tar entry of a folder. */
export function folderEntry(path: string): TarEntry {
  return {
    path: `${path}/`,
    type: "folder",
    executable: true,
    target: "",
    bytes: new Uint8Array(),
  };
}
