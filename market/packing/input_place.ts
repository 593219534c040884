/**
 * Finds the place of an input before any of it is read. This runs in a worker that may examine files, but may not run programs or write.
 * The result decides what the packing worker may read.
 *
 * @module
 */
import { dirname, isAbsolute, join } from "../../base/path.ts";
import type { PrivatePaths } from "../../config/private_paths.ts";
import { InputError } from "./input_error.ts";
import { pipeAbove } from "./git_pipes.ts";
import { fileId, folded, type PrivateIds } from "./private_files.ts";
import { isMissing } from "../../base/files/missing.ts";

/** A file or folder that will be packed. It survives a structured clone. */
export interface InputPlace {
  /** The path as the user gave it. */
  readonly given: string;
  /** The real path. */
  readonly path: string;
  /** The type of what is there. */
  readonly type: "file" | "folder";
  /** The nearest `.git` in the folder or above it, of any type. Null if there is none. */
  readonly dotGit: string | null;
  /** A pipe in that `.git`, or in the place of an ignore file above the folder, for which git would wait. Null if there is none. */
  readonly pipeAbove: string | null;
  /** The files and folders of this home that must not be packed. */
  readonly privateIds: PrivateIds;
}

/** The paths that {@link findInput} may read for an absolute path. */
export function readsOfFinding(given: string, { home, files }: PrivatePaths): readonly string[] {
  const ofGit = ancestors(given).flatMap((folder) =>
    [".git", ".gitignore"].map((name) => join(folder, name))
  );
  return [given, ...ofGit, home, ...files];
}

/** Finds an input. Null if nothing is at this path, so that the input is a text. Throws InputError `bad_input`. */
export async function findInput(
  given: string,
  privatePaths: PrivatePaths,
): Promise<InputPlace | null> {
  if (!isAbsolute(given)) return null;
  const info = await statOrNull(given);
  if (info === null) return null;
  if (!info.isDirectory && !info.isFile) {
    throw new InputError("bad_input", `--input ${given} is neither a file nor a folder`);
  }
  const path = await Deno.realPath(given);
  const dotGit = info.isDirectory ? await dotGitOf(path) : null;
  return {
    given,
    path,
    type: info.isDirectory ? "folder" : "file",
    dotGit,
    pipeAbove: info.isDirectory ? await pipeAbove(path, dotGit) : null,
    privateIds: await idsOf(privatePaths),
  };
}

/** Also finds a `.git` that git would not accept, so that a broken repository is never packed as a plain folder. */
async function dotGitOf(folder: string): Promise<string | null> {
  for (const root of ancestors(folder)) {
    const dotGit = join(root, ".git");
    if (await infoOrNull(dotGit, Deno.lstat) !== null) return dotGit;
  }
  return null;
}

/** The ids of this home's secrets in the file system, including the passphrases and wallets anywhere in the home. */
async function idsOf({ home, folders, files }: PrivatePaths): Promise<PrivateIds> {
  const idOf = async (path: string) => {
    const info = await statOrNull(path);
    return info === null ? null : fileId(info);
  };
  const there = (ids: readonly (string | null)[]) => [...new Set(ids)].filter((id) => id !== null);
  const kept = await secretFilesIn(home);
  return {
    home: await Deno.realPath(home).catch(() => home),
    folders: there(await Promise.all([home, ...folders].map(idOf))),
    files: there(await Promise.all([...files, ...kept].map(idOf))),
  };
}

/** Finds key and passphrase files of a home and its dev network by their names. Examines at most {@link MAX_NAMES} names. */
async function secretFilesIn(home: string): Promise<string[]> {
  const found: string[] = [];
  let left = MAX_NAMES;
  const look = async (folder: string, depth: number): Promise<void> => {
    try {
      for await (const { name, isDirectory, isFile } of Deno.readDir(folder)) {
        if (--left < 0) return;
        const path = join(folder, name);
        if (isFile && /\.(enc|pass)$/.test(folded(name))) found.push(path);
        if (isDirectory && depth > 1 && name !== ".git" && name !== "work") {
          await look(path, depth - 1);
        }
      }
    } catch (error) {
      if (!isAway(error)) throw error;
    }
  };
  await look(home, 4);
  return found;
}

const MAX_NAMES = 5_000;

/** A folder and all folders above it, the nearest first. */
function ancestors(path: string): string[] {
  const parent = dirname(path);
  return parent === path ? [path] : [path, ...ancestors(parent)];
}

function statOrNull(path: string): Promise<Deno.FileInfo | null> {
  return infoOrNull(path, Deno.stat);
}

async function infoOrNull(path: string, look: typeof Deno.stat): Promise<Deno.FileInfo | null> {
  try {
    return await look(path);
  } catch (error) {
    if (isAway(error)) return null;
    throw error;
  }
}

/** Nothing is at this path. A text that is too long for a path, or that contains a NUL, counts as well. */
function isAway(error: unknown): boolean {
  return isMissing(error) || error instanceof TypeError ||
    error instanceof Error && /too long|ENAMETOOLONG|null byte|nul byte/i.test(error.message);
}
