/**
 * Work folders. Each is made for one attempt of one job and removed after it, with everything that the job left in it.
 *
 * @module
 */

/** Makes an empty folder with mode 0700. A folder of an earlier attempt at this path is removed first. */
export async function makeWorkFolder(path: string): Promise<void> {
  await removeWorkFolder(path);
  await Deno.mkdir(path, { recursive: true, mode: 0o700 });
}

/**
 * Removes a folder and everything in it, even if the job removed its own rights. Does not follow links. A missing folder is not an error.
 */
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

/** The result of a sweep. */
export interface SweptFolders {
  /** The number of removed folders. */
  readonly removed: number;
  /** The names of folders that could not be removed, at most {@link MAX_NAMED}. */
  readonly left: readonly string[];
}

/**
 * Removes every folder in `parent` for which `isPresent` is false: a crashed process left it. If one cannot be removed (for example because
 * it belongs to another user of a container), the others are still removed.
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

/** The most names that a sweep returns. */
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
