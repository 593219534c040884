/**
 * Packs the files and folders that a buyer's `--input` names.
 *
 * @module
 */
import { base64, packBytes, type PackedInput, type PackLimit, tooLarge } from "./pack_input.ts";
import { InputError } from "./packing/input_error.ts";
import { archiveFolder, MAX_TOTAL_BYTES, type PackedFiles } from "./packing/folder_archive.ts";
import type { InputPlace } from "./packing/input_place.ts";
import type { GitTools } from "./packing/folder_git.ts";
import { listAll, listByGit } from "./packing/listed_files.ts";
import {
  alsoIgnored,
  privateName,
  refusal,
  refuseInsideHome,
  refuseKnown,
} from "./packing/private_files.ts";
import { readSeen } from "./packing/seen_file.ts";

/** How a file or folder is packed. */
export interface PackOptions extends PackLimit {
  /** If true, a folder is sent with the files that `.gitignore` excludes. */
  readonly includeIgnored: boolean;
}

/** A file or folder that was packed. */
export interface PackedPlace {
  readonly packed: PackedInput;
  /** The files of a folder that are sent. Null for a file. */
  readonly files: PackedFiles | null;
}

/** Packs a file or folder. Throws InputError. If a limit was exceeded, the message names it. */
export async function packPlace(
  place: InputPlace,
  options: PackOptions,
  tools: GitTools,
): Promise<PackedPlace> {
  const { path, type, privateIds } = place;
  refuseInsideHome(path, privateIds);
  const info = await Deno.lstat(path);
  refuseKnown(path, info, privateIds);
  if (type === "folder") return await packFolder(place, options, tools);
  const found = privateName(baseName(path));
  if (found !== null) throw refusal({ ...found, path });
  if (info.size > MAX_TOTAL_BYTES) throw tooLarge(`--input ${path}`, info.size, options.limitBytes);
  const bytes = await readSeen(path, info);
  return { packed: packBytes(bytes, `--input ${path}`, baseName(path), options), files: null };
}

async function packFolder(
  place: InputPlace,
  options: PackOptions,
  tools: GitTools,
): Promise<PackedPlace> {
  const { path } = place;
  if (path.split("/").includes(".git")) {
    throw new InputError("bad_input", `--input ${path} is in the .git of a repository`);
  }
  await refuseBareRepository(path);
  const { includeIgnored } = options;
  const listed = includeIgnored ? listAll(place) : listByGit(place, tools);
  const { bytes, files } = await listed.then((listing) => archiveFolder(place, listing))
    .catch((error: unknown) => {
      throw includeIgnored ? alsoIgnored(error) : error;
    });
  const packed = base64(bytes, "tar", "application/gzip", `--input ${path}`, options);
  return { packed, files };
}

/** Refuses a bare repository: its files are git objects, but the user wants to send a commit. */
async function refuseBareRepository(path: string): Promise<void> {
  const parts = await Promise.all(["HEAD", "objects", "refs"].map(async (name) => {
    const info = await Deno.stat(`${path}/${name}`).catch(() => null);
    return info !== null && info.isFile === (name === "HEAD");
  }));
  if (!parts.every(Boolean)) return;
  throw new InputError("bad_input", `--input ${path} is a bare repository`, {
    suggestion: "Send a commit of it: git bundle create FILE.bundle HEAD, then --input FILE.bundle",
  });
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
