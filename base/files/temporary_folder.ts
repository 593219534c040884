/**
 * A folder for one process, which removes it at its end. One that is killed cannot: the next one of the same prefix removes what it
 * left. A lock, which the system takes back from who is killed, tells which folders are in use.
 *
 * @module
 */

const LOCK = ".in-use";
/** Between a folder and its lock some time passes. */
const YOUNG_MS = 60_000;

/** What is needed beside the prefix. */
interface TemporaryFolderOptions {
  /** Names begin with it: of one program's purpose alone, since what is not in use is removed. */
  readonly prefix: string;
  /** The folder in which it is made; the system's temporary folder by default. */
  readonly dir?: string;
  readonly clock?: () => number;
}

/** Removes what killed processes left, and makes a folder, 0700, which is this process's until it ends. */
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

/** Whether the folder is ours and nobody holds its lock. Others may write beside it: no link is followed. */
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
