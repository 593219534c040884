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

/** Removes every folder in `parent` but those named: what a crashed process left. Says how many. */
export async function sweepWorkFolders(
  parent: string,
  except: ReadonlySet<string>,
): Promise<number> {
  let removed = 0;
  try {
    for await (const entry of Deno.readDir(parent)) {
      if (except.has(entry.name)) continue;
      await removeWorkFolder(`${parent}/${entry.name}`);
      removed++;
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return removed;
}

async function openFolders(path: string, depth: number): Promise<void> {
  if (depth > 4096) return;
  const info = await Deno.lstat(path);
  if (!info.isDirectory) return;
  await Deno.chmod(path, 0o700);
  for await (const entry of Deno.readDir(path)) {
    if (entry.isDirectory) await openFolders(`${path}/${entry.name}`, depth + 1);
  }
}
