/**
 * Pipes where git expects a file. Git opens an ignore file or the files of a `.git` without looking what they are, and waits for
 * somebody to write, so they are looked for before git is asked. An archive can hold pipes; a clone cannot.
 *
 * @module
 */
import { dirname, join } from "node:path";
import { folded } from "./private_files.ts";

/** More names are not looked at; git's own time limit stands behind this. */
const MAX_NAMES = 50_000;

/** The first pipe under a name that git opens, in a folder and all below it; null where there is none. */
export async function pipeIn(folder: string): Promise<string | null> {
  let left = MAX_NAMES;
  const isGit = folded(folder.slice(folder.lastIndexOf("/") + 1)) === ".git";
  // Level by level, so that one huge folder does not hide what lies beside it.
  for (let level = [{ path: folder, ofGit: isGit }]; level.length > 0;) {
    const next: typeof level = [];
    for (const { path, ofGit } of level) {
      for await (const { name, isDirectory, isFile } of namesIn(path)) {
        if (--left < 0) return null;
        const inside = `${path}/${name}`;
        const below = ofGit || folded(name) === ".git";
        // Objects are many, and none is opened for a list.
        if (isDirectory && !(ofGit && name === "objects")) {
          next.push({ path: inside, ofGit: below });
        }
        if (isDirectory || isFile || !below && !isRules(name)) continue;
        if (await isPipe(inside)) return inside;
      }
    }
    level = next;
  }
  return null;
}

/** The same above a folder: the ignore files up to the repository's top, or all where there is none, and its `.git`. */
export async function pipeAbove(folder: string, dotGit: string | null): Promise<string | null> {
  const top = dotGit === null ? "/" : dirname(dotGit);
  for (let at = folder;; at = dirname(at)) {
    if (await isPipe(join(at, ".gitignore"))) return join(at, ".gitignore");
    if (at === top || at === dirname(at)) break;
  }
  if (dotGit === null) return null;
  return await isPipe(dotGit) ? dotGit : await pipeIn(dotGit);
}

/** Whether a pipe is there, or where a link there leads. */
async function isPipe(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFifo === true;
  } catch {
    // Nothing is there, or git says itself what is wrong with it.
    return false;
  }
}

function isRules(name: string): boolean {
  return folded(name) === ".gitignore" || folded(name) === ".gitattributes";
}

async function* namesIn(folder: string): AsyncGenerator<Deno.DirEntry> {
  try {
    yield* Deno.readDir(folder);
  } catch {
    // It went, or may not be read: git says so where it matters.
  }
}
