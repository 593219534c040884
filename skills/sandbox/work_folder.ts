/**
 * Work folders: made for one attempt of one job and removed after it, whatever the job left in them.
 *
 * @module
 */

/** Makes an empty folder, 0700; what an earlier attempt left there is removed first. */
export async function makeWorkFolder(path: string): Promise<void> {
  await removeWorkFolder(path);
  await Deno.mkdir(path, { recursive: true, mode: 0o700 });
}

/** Removes a folder and all in it, links not followed, also where a job took its own rights away. No error when it is gone. */
export async function removeWorkFolder(path: string): Promise<void> {
  try {
    await Deno.remove(path, { recursive: true });
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    await openFolders(path, 0);
    await Deno.remove(path, { recursive: true }).catch((again) => {
      if (!(again instanceof Deno.errors.NotFound)) throw again;
    });
  }
}

/** What a sweep did. */
export interface SweptFolders {
  /** How many are gone. */
  readonly removed: number;
  /** Names of those that could not be removed, at most {@link MAX_NAMED}. */
  readonly left: readonly string[];
}

/**
 * Removes every folder in `parent` that is not one of the present: what a crashed process left. One that cannot be removed (it is
 * another user's, as a container leaves it) keeps the others from nothing.
 */
export async function sweepWorkFolders(
  parent: string,
  isPresent: (name: string) => boolean,
): Promise<SweptFolders> {
  let removed = 0;
  const left: string[] = [];
  try {
    for await (const { name } of Deno.readDir(parent)) {
      if (isPresent(name)) continue;
      try {
        await removeWorkFolder(`${parent}/${name}`);
        removed++;
      } catch (error) {
        if (!(error instanceof Error)) throw error;
        if (left.length < MAX_NAMED) left.push(name);
      }
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return { removed, left };
}

/** Names that a sweep tells. */
const MAX_NAMED = 16;

async function openFolders(path: string, depth: number): Promise<void> {
  if (depth > 4096) return;
  const info = await Deno.lstat(path);
  if (!info.isDirectory) return;
  await Deno.chmod(path, 0o700);
  for await (const entry of Deno.readDir(path)) {
    if (entry.isDirectory) await openFolders(`${path}/${entry.name}`, depth + 1);
  }
}
