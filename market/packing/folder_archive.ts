/**
 * Makes a tar.gz of a folder's listed files, and describes its content. Each file is examined before it is read.
 *
 * @module
 */
import { fileEntry, folderEntry, type Looked } from "./file_entry.ts";
import { InputError } from "./input_error.ts";
import { refuseUnreadable } from "./readable_archive.ts";
import { gzip, type TarEntry, writeTar } from "../../protocols/tar/tar_writer.ts";
import type { InputPlace } from "./input_place.ts";
import { type Listing, nothingLeft } from "./listed_files.ts";
import { refuseKnown } from "./private_files.ts";
import { isMissing, lstatOrNull } from "../../base/files/missing.ts";

/** The files of a folder that are sent, for display. */
export interface PackedFiles {
  /** The number of files and links. */
  readonly count: number;
  /** The size of all files together, before packing. */
  readonly totalBytes: number;
  /** The first of them by name, at most {@link MAX_LISTED}. */
  readonly listed: readonly { readonly path: string; readonly sizeBytes: number }[];
  /** Repositories and submodules that are not sent. */
  readonly leftOut: readonly string[];
}

/** The most files that are listed by name. Of further files only the number is shown. */
export const MAX_LISTED = 200;
/** The most bytes that are read from a folder. */
export const MAX_TOTAL_BYTES = 64 << 20;

/** Packs the files. Throws InputError `private_input`, `too_large`, `bad_input`. */
export async function archiveFolder(
  place: InputPlace,
  { files, folders, leftOut }: Listing,
): Promise<{ readonly bytes: Uint8Array; readonly files: PackedFiles }> {
  const parents = new Parents(place);
  const [looked, inside]: [Looked[], string[]] = [[], []];
  for (const path of [...files].sort()) {
    if (!await parents.areFolders(path)) continue;
    const found = await look(place, path);
    if (found === "folder") inside.push(path);
    else if (found !== null) looked.push(found);
  }
  // Git lists a tracked file also after it was deleted.
  if (files.length > 0 && looked.length === 0) throw nothingLeft(place.path);
  const totalBytes = checkSize(looked);
  const entries: TarEntry[] = [...parents.found, ...folders].map((path) => folderEntry(path));
  for (const each of looked) entries.push(await fileEntry(place, each));
  const tar = await writeTar(entries);
  refuseUnreadable(place.path, tar);
  return {
    bytes: await gzip(tar),
    files: {
      count: looked.length,
      totalBytes,
      listed: looked.slice(0, MAX_LISTED).map(({ path, info }) => ({ path, sizeBytes: info.size })),
      leftOut: [...leftOut, ...inside].sort(),
    },
  };
}

/** The parent folders of the files. A file behind a linked folder is not in this folder, so it is left out. */
class Parents {
  readonly #known = new Map<string, Promise<boolean>>();
  readonly found: string[] = [];

  constructor(readonly place: InputPlace) {}

  areFolders(path: string): Promise<boolean> {
    const at = path.lastIndexOf("/");
    return at < 0 ? Promise.resolve(true) : this.#isFolder(path.slice(0, at));
  }

  #isFolder(folder: string): Promise<boolean> {
    const known = this.#known.get(folder) ?? this.#look(folder);
    this.#known.set(folder, known);
    return known;
  }

  async #look(folder: string): Promise<boolean> {
    if (!await this.areFolders(folder)) return false;
    const { path, privateIds } = this.place;
    const info = await lstatOrNull(`${path}/${folder}`);
    if (info === null || !info.isDirectory) return false;
    refuseKnown(`${path}/${folder}`, info, privateIds);
    this.found.push(folder);
    return true;
  }
}

/** Examines a path. Null for a tracked file that does not exist; `folder` for a submodule. */
async function look(
  { path: root, privateIds }: InputPlace,
  path: string,
): Promise<Looked | "folder" | null> {
  const info = await lstatOrNull(`${root}/${path}`);
  if (info === null) return null;
  if (info.isDirectory) return "folder";
  if (info.isFile) {
    refuseKnown(`${root}/${path}`, info, privateIds);
    return { path, info, target: null };
  }
  if (!info.isSymlink) {
    throw new InputError("bad_input", `${root}/${path} is neither file, folder nor link`);
  }
  const target = await Deno.readLink(`${root}/${path}`);
  if (!pointsOut(path, target) && await endsWithin(root, path)) return { path, info, target };
  throw new InputError("bad_input", `${root}/${path} is a link out of the folder: ${target}`, {
    suggestion: "Put the file itself there, or exclude the link with .gitignore",
  });
}

function checkSize(looked: readonly Looked[]): number {
  const totalBytes = looked.reduce((sum, { info }) => sum + info.size, 0);
  if (totalBytes <= MAX_TOTAL_BYTES) return totalBytes;
  const largest = [...looked].sort((a, b) => b.info.size - a.info.size).slice(0, 3);
  throw new InputError(
    "too_large",
    `the folder has ${totalBytes} bytes in ${looked.length} files, at most ${MAX_TOTAL_BYTES} are read`,
    {
      suggestion: `Leave out what is large: ${
        largest.map(({ path, info }) => `${path} (${info.size} bytes)`).join(", ")
      }`,
    },
  );
}

/** Whether a link's target text leads out of the folder. The target need not exist. */
function pointsOut(path: string, target: string): boolean {
  if (target.startsWith("/")) return true;
  let depth = path.split("/").length - 1;
  for (const part of target.split("/")) {
    if (part === "" || part === ".") continue;
    depth += part === ".." ? -1 : 1;
    if (depth < 0) return true;
  }
  return false;
}

/**
 * Whether the link really ends in the folder: `up/../x` leaves it if `up` is a link to the folder itself. A link without a target leads
 * nowhere, so it counts as inside.
 */
async function endsWithin(root: string, path: string): Promise<boolean> {
  try {
    return `${await Deno.realPath(`${root}/${path}`)}/`.startsWith(`${root === "/" ? "" : root}/`);
  } catch (error) {
    if (isMissing(error) || error instanceof Deno.errors.FilesystemLoop) return true;
    throw error;
  }
}
