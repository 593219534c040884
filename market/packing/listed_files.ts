/**
 * Which files of a folder are sent: inside a repository what `git ls-files -co --exclude-standard` names, outside of one what
 * `.gitignore` and `.dockerignore` leave, or everything but `.git` where the user said so.
 *
 * | in the folder | is it sent |
 * |---|---|
 * | a tracked file, with the changes that it has now | yes |
 * | a file that is neither tracked nor ignored | yes |
 * | a tracked file that was deleted, or lies behind a link | no |
 * | a repository of its own in it, a submodule | no, and its name is told |
 * | `.git` | never |
 *
 * @module
 */
import { InputError } from "./input_error.ts";
import { dockerIgnore } from "./docker_ignore.ts";
import type { InputPlace, RepositoryPlace } from "./input_place.ts";
import { gitConfig, type GitTools, type IsolatedGit, isolatedGit } from "./isolated_git.ts";
import { folded, privateName, refusal, refuseKnown } from "./private_files.ts";

/** The most names in a folder. */
const MAX_ENTRIES = 20_000;
/** As many names of the usual length. */
const MAX_LIST_BYTES = MAX_ENTRIES * 400;

/** Names of a folder, relative to it, with `/`. */
export interface Listing {
  /** Files and links. */
  readonly files: readonly string[];
  /** Folders that hold nothing, where they count. */
  readonly folders: readonly string[];
  /** Repositories and submodules in it. */
  readonly leftOut: readonly string[];
}

/** Lists what is sent by git's rules. Throws InputError `git_failed`, `git_missing`, `too_large`, `private_input`. */
export async function listByGit(place: InputPlace, tools: GitTools): Promise<Listing> {
  await using git = await isolatedGit(tools);
  const { path, repository } = place;
  const listed = repository === null
    ? await untracked(path, git)
    : await trackedAndUntracked(path, repository, git);
  const ignored = repository === null ? await dockerRules(path) : () => false;
  const files = new Set<string>();
  const leftOut = new Set<string>();
  for (const name of listed) {
    if (ignored(name.replace(/\/$/, ""))) continue;
    checkName(path, name);
    if (name.endsWith("/")) leftOut.add(name.slice(0, -1));
    else files.add(name);
    if (files.size > MAX_ENTRIES) throw tooMany(MAX_ENTRIES);
  }
  return { files: [...files], folders: [], leftOut: [...leftOut] };
}

/** Lists everything but `.git`. Throws InputError `too_large`, `private_input`. */
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

async function trackedAndUntracked(
  folder: string,
  { root, gitDir, commonDir }: RepositoryPlace,
  git: IsolatedGit,
): Promise<string[]> {
  // Fails where this is no repository: nothing is then known of what it tracks and ignores.
  await git.ask(["rev-parse", "--resolve-git-dir", gitDir]);
  const facts = await settingsOf(`${commonDir}/config`, git);
  await Deno.writeTextFile(
    `${git.gitDir}/config`,
    gitConfig(facts.get("extensions.objectformat") === "sha256" ? "sha256" : "sha1"),
  );
  const exclude = await readRules(`${commonDir}/info/exclude`);
  if (exclude !== null) await Deno.writeFile(`${git.gitDir}/info/exclude`, exclude);
  const settings = ["core.ignorecase", "core.precomposeunicode", "core.excludesfile"]
    .flatMap((key) => facts.has(key) ? ["-c", `${key}=${facts.get(key)}`] : []);
  const excludes = facts.has("core.excludesfile") ? [] : await usersExcludes(git);
  const list = await git.ask([
    ...[`--work-tree=${root}`, ...excludes, ...settings],
    ...["ls-files", "-z", "--cached", "--others", "--exclude-standard"],
  ], {
    cwd: folder,
    env: {
      GIT_INDEX_FILE: `${gitDir}/index`,
      // A sparse index names trees of the repository.
      GIT_ALTERNATE_OBJECT_DIRECTORIES: quoted(`${commonDir}/objects`),
    },
    maxBytes: MAX_LIST_BYTES,
  });
  return names(list);
}

async function untracked(folder: string, git: IsolatedGit): Promise<string[]> {
  const list = await git.ask([
    ...[`--work-tree=${folder}`, ...await usersExcludes(git)],
    ...["ls-files", "-z", "--others", "--exclude-standard"],
  ], { cwd: folder, maxBytes: MAX_LIST_BYTES });
  return names(list);
}

/** Settings of a repository that say how its names are to be read; they are asked for one by one, and nothing else is heeded. */
async function settingsOf(file: string, git: IsolatedGit): Promise<Map<string, string>> {
  const wanted = "^(extensions\\.objectformat|core\\.(ignorecase|precomposeunicode|excludesfile))$";
  const found = await git.ask(
    ["config", "--file", file, "--no-includes", "-z", "--get-regexp", wanted],
    { answers: [0, 1] },
  );
  const entries = new TextDecoder().decode(found).split("\0").filter((entry) =>
    entry.includes("\n")
  );
  return new Map(entries.map((entry) => {
    const at = entry.indexOf("\n");
    return [entry.slice(0, at), entry.slice(at + 1)];
  }));
}

/** The file of what this user always ignores, where their settings name one; git itself knows the usual place. */
async function usersExcludes(git: IsolatedGit): Promise<string[]> {
  const asked = ["config", "--type=path", "--get", "core.excludesFile"];
  const found = await git.ask(asked, { answers: [0, 1], userSettings: true });
  const file = new TextDecoder().decode(found).trim();
  return file === "" ? [] : ["-c", `core.excludesFile=${file}`];
}

async function dockerRules(folder: string): Promise<(path: string) => boolean> {
  const bytes = await readRules(`${folder}/.dockerignore`);
  return bytes === null ? () => false : dockerIgnore(new TextDecoder().decode(bytes));
}

function names(list: Uint8Array): string[] {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(list);
  } catch (cause) {
    throw new InputError("bad_input", "a name in the folder is not UTF-8", {
      cause,
      suggestion: "Rename that file, or send a tar.gz that you made yourself",
    });
  }
  return text.split("\0").filter((name) => name !== "");
}

/** Refuses a name of a secret, and one that only an index made by hand can hold. */
function checkName(folder: string, name: string): void {
  const parts = name.replace(/\/$/, "").split("/");
  if (
    parts.some((part) => part === "" || part === "." || part === ".." || folded(part) === ".git")
  ) {
    throw new InputError("git_failed", `the index names a file that cannot be one: ${name}`, {
      suggestion: "Repair the repository ('git fsck'), or send a tar.gz that you made yourself",
    });
  }
  const found = privateName(name);
  if (found !== null) throw refusal({ ...found, path: `${folder}/${found.path}` });
}

/** A file of patterns; null where there is none. */
async function readRules(path: string): Promise<Uint8Array | null> {
  let info: Deno.FileInfo;
  try {
    info = await Deno.stat(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return null;
    }
    throw error;
  }
  if (info.isFile && info.size <= MAX_RULES_BYTES) return await Deno.readFile(path);
  throw new InputError("bad_input", `${path} is no file of at most ${MAX_RULES_BYTES} bytes`);
}

const MAX_RULES_BYTES = 1 << 20;

/** A path in a list that is separated by colons. */
function quoted(path: string): string {
  return /[:"]/.test(path) ? JSON.stringify(path) : path;
}

function tooMany(maxEntries: number): InputError {
  return new InputError("too_large", `the folder holds more than ${maxEntries} files`, {
    suggestion: "Name a smaller folder, or leave files out by .gitignore",
  });
}
