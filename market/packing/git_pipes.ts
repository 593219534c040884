/**
 * Finds pipes in places where git expects a file. Git opens ignore files and the files of a `.git` without checking their type, and would
 * wait until somebody writes into the pipe. So pipes are searched before git runs. An archive can contain pipes; a clone cannot.
 *
 * @module
 */
import { dirname, join } from "../../base/path.ts";
import { folded } from "./private_files.ts";

/** The most names that are examined. If there are more, git's own time limit protects. */
const MAX_NAMES = 50_000;

/** The first pipe with a name that git opens, in a folder or below it. Null if there is none. */
export async function pipeIn(folder: string): Promise<string | null> {
  let left = MAX_NAMES;
  const isGit = folded(folder.slice(folder.lastIndexOf("/") + 1)) === ".git";
  // The search goes level by level, so that one huge folder does not use up the limit for its neighbours.
  for (let level = [{ path: folder, ofGit: isGit }]; level.length > 0;) {
    const next: typeof level = [];
    for (const { path, ofGit } of level) {
      for await (const { name, isDirectory, isFile } of namesIn(path)) {
        if (--left < 0) return null;
        const inside = `${path}/${name}`;
        const below = ofGit || folded(name) === ".git";
        // There are many objects, and git opens none of them for a list.
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

/**
 * The first such pipe above a folder: an ignore file, up to the top of the repository or of the file system, or a pipe in the repository's
 * `.git`. Null if there is none.
 */
export async function pipeAbove(folder: string, dotGit: string | null): Promise<string | null> {
  const top = dotGit === null ? "/" : dirname(dotGit);
  for (let at = folder;; at = dirname(at)) {
    if (await isPipe(join(at, ".gitignore"))) return join(at, ".gitignore");
    if (at === top || at === dirname(at)) break;
  }
  if (dotGit === null) return null;
  return await isPipe(dotGit) ? dotGit : await pipeIn(dotGit);
}

/** Whether a pipe is at this path, or at the target of a link. */
async function isPipe(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFifo === true;
  } catch {
    // Nothing is there, or git will report the problem itself.
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
    // The folder was removed or cannot be read. Git reports it if that matters.
  }
}
