/**
 * Lists the files of a folder that are sent. In a repository these are the files that `git ls-files -co --exclude-standard` names. Outside
 * of one they are the files that neither `.gitignore` nor `.dockerignore` excludes. If the user asked for it, everything except `.git` is
 * sent.
 *
 * | in the folder | is it sent |
 * |---|---|
 * | a tracked file, with the changes that it has now | yes |
 * | a file that is neither tracked nor ignored | yes |
 * | a tracked file that was deleted, or that is behind a link | no |
 * | another repository in it, a submodule | no, and its name is shown |
 * | `.git` | never |
 *
 * @module
 */
import { InputError } from "./input_error.ts";
import { dockerIgnore } from "./docker_ignore.ts";
import type { GitTools } from "./folder_git.ts";
import { gitNames } from "./git_listing.ts";
import { gitFailed } from "./git_process.ts";
import type { InputPlace } from "./input_place.ts";
import { pipeIn } from "./git_pipes.ts";
import { folded, privateName, refusal, refuseKnown } from "./private_files.ts";
import { readSeen } from "./seen_file.ts";
import { isMissing } from "../../base/files/missing.ts";

/** The most names in a folder. */
const MAX_ENTRIES = 20_000;
/** The most bytes of a list, with an average of 400 bytes for a name. */
const MAX_LIST_BYTES = MAX_ENTRIES * 400;

/** Names of files in a folder, relative to it, with `/`. */
export interface Listing {
  /** Files and links. */
  readonly files: readonly string[];
  /** Empty folders, if they are sent. */
  readonly folders: readonly string[];
  /** Repositories and submodules in the folder. */
  readonly leftOut: readonly string[];
}

/**
 * Lists the files that are sent by git's rules. Throws InputError `git_failed`, `git_missing`, `too_large`, `bad_input`, `private_input`.
 */
export async function listByGit(place: InputPlace, tools: GitTools): Promise<Listing> {
  const { path } = place;
  const pipe = place.pipeAbove ?? await pipeIn(path);
  if (pipe !== null) throw gitFailed("ls-files", `would wait for ${pipe}, which is a pipe`);
  const { names, inRepository } = await gitNames(place, tools, MAX_LIST_BYTES);
  const ignored = inRepository ? () => false : await dockerRules(path);
  const files = new Set<string>();
  const leftOut = new Set<string>();
  for (const name of names) {
    if (ignored(name.replace(/\/$/, ""))) continue;
    checkName(path, name);
    if (name.endsWith("/")) leftOut.add(name.slice(0, -1));
    else files.add(name);
    if (files.size > MAX_ENTRIES) throw tooMany(MAX_ENTRIES);
  }
  if (files.size === 0) throw nothingLeft(path);
  return { files: [...files], folders: [], leftOut: [...leftOut] };
}

/** Lists everything except `.git`. Throws InputError `too_large`, `private_input`. */
export async function listAll(
  { path, privateIds }: InputPlace,
  maxEntries: number = MAX_ENTRIES,
): Promise<Listing> {
  const files: string[] = [];
  const folders: string[] = [];
  const look = async (below: string): Promise<void> => {
    let empty = true;
    for await (const { name, isDirectory } of Deno.readDir(`${path}/${below}`)) {
      if (folded(name) === ".git") continue;
      empty = false;
      const inside = `${below}${name}`;
      checkName(path, inside);
      if (files.length + folders.length >= maxEntries) throw tooMany(maxEntries);
      if (isDirectory) {
        refuseKnown(`${path}/${inside}`, await Deno.lstat(`${path}/${inside}`), privateIds);
        await look(`${inside}/`);
      } else files.push(inside);
    }
    if (empty && below !== "") folders.push(below.slice(0, -1));
  };
  await look("");
  return { files, folders, leftOut: [] };
}

async function dockerRules(folder: string): Promise<(path: string) => boolean> {
  const bytes = await readRules(`${folder}/.dockerignore`);
  return bytes === null ? () => false : dockerIgnore(new TextDecoder().decode(bytes));
}

/** Refuses the name of a secret, and a name that only a manipulated git index can contain. */
function checkName(folder: string, name: string): void {
  const parts = name.replace(/\/$/, "").split("/");
  if (
    parts.some((part) => part === "" || part === "." || part === ".." || folded(part) === ".git")
  ) {
    throw new InputError("git_failed", `the git index contains an invalid file name: ${name}`, {
      suggestion: "Take it out of the index, or send a tar.gz that you made yourself",
    });
  }
  const found = privateName(name);
  if (found !== null) throw refusal({ ...found, path: `${folder}/${found.path}` });
}

/** Reads a file of patterns. Null if there is none. */
async function readRules(name: string): Promise<Uint8Array | null> {
  let path: string;
  let info: Deno.FileInfo;
  try {
    path = await Deno.realPath(name);
    info = await Deno.lstat(path);
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
  if (info.isFile && info.size <= MAX_RULES_BYTES) return await readSeen(path, info);
  throw new InputError("bad_input", `${name} is not a file of at most ${MAX_RULES_BYTES} bytes`);
}

const MAX_RULES_BYTES = 1 << 20;

function tooMany(maxEntries: number): InputError {
  return new InputError("too_large", `the folder has more than ${maxEntries} files`, {
    suggestion: "Name a smaller folder, or exclude files with .gitignore",
  });
}

/** The refusal of a folder from which nothing would be sent. */
export function nothingLeft(path: string): InputError {
  return new InputError("bad_input", `there is no file in ${path} that git does not ignore`, {
    suggestion:
      "Look at the ignore files in it and above it, or send everything except .git with --include-ignored",
  });
}
