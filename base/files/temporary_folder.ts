/**
 * A folder for one process, which removes it at its end. A killed process cannot do that, so the next process with the same prefix removes
 * its folder. A lock shows which folders are in use, because the system releases it when a process is killed.
 *
 * @module
 */

/** The prefix of folders in which commands run jobs themselves, beside the work folders of providers. */
export const RUN_PREFIX = "crosstown-run-";

const LOCK = ".in-use";
/** The lock is taken some time after the folder was made. */
const YOUNG_MS = 60_000;

/** Options of a temporary folder. */
interface TemporaryFolderOptions {
  /** Prefix of the name. Each purpose needs its own prefix, because folders that are not in use are removed. */
  readonly prefix: string;
  /** The folder in which it is made; default the system's temporary folder. */
  readonly dir?: string;
  readonly clock?: () => number;
}

/** Removes folders of killed processes, and makes a folder with mode 0700 for this process. */
export async function temporaryFolder(
  { prefix, dir, clock = Date.now }: TemporaryFolderOptions,
): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix, ...(dir === undefined ? {} : { dir }) });
  const { uid } = await Deno.lstat(folder);
  const parent = folder.slice(0, folder.lastIndexOf("/"));
  const file = await Deno.open(`${folder}/${LOCK}`, { write: true, createNew: true, mode: 0o600 });
  // Not closed: it is held until this process ends.
  await file.lock(true);
  for await (const { name, isDirectory } of Deno.readDir(parent)) {
    const path = `${parent}/${name}`;
    if (!isDirectory || !name.startsWith(prefix) || path === folder) continue;
    if (await isLeft(path, uid, clock())) {
      await Deno.remove(path, { recursive: true }).catch(() => undefined);
    }
  }
  return folder;
}

/** Whether the folder is ours and nobody holds its lock. Others may write in the parent folder, so no link is followed. */
async function isLeft(path: string, uid: number | null, nowMs: number): Promise<boolean> {
  const [folder, lock] = await Promise.all(
    [path, `${path}/${LOCK}`].map((each) => Deno.lstat(each).catch(() => null)),
  );
  if (folder === null || lock === null || !lock.isFile) return false;
  if (folder.uid !== uid || ((folder.mode ?? 0) & 0o077) !== 0 || lock.uid !== uid) return false;
  if (nowMs - (lock.mtime?.getTime() ?? nowMs) < YOUNG_MS) return false;
  try {
    using file = await Deno.open(`${path}/${LOCK}`, { write: true });
    return await file.tryLock(true);
  } catch {
    return false;
  }
}
