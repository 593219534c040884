/**
 * Keeps repositories of earlier jobs, so that the same history is not fetched, unpacked and checked again. Each buyer and source has its
 * own repository. So no buyer gets objects of another one, or can learn from the timing that another one sent them.
 *
 * A job gets its own copy, to which it may write. It never shares the kept repository by a link, a mount or an alternate. Only our own git
 * wrote the kept repository, before the job's command ran. A kept repository never changes: it is made under another name, moved to its
 * place by rename, and later removed. If it is removed during a copy, the copying job fetches its history again.
 *
 * Held: at most 32 repositories of 256 MiB and 2,000 files each, 2 GiB together. The one that was not used for the longest time is removed
 * first, and each one 7 days after its last use. Links are never followed, and only files of this module are removed.
 *
 * @module
 */
import { removeWorkFolder } from "../../sandbox/work_folder.ts";

/** The facts about a kept repository. */
interface KeptRepository {
  /** The commit whose files were counted and are within the limits. */
  readonly commit: string;
}

/** Repositories of earlier jobs. */
export interface RepositoryCache {
  /** Copies a repository to a path that does not exist yet. Null if none is kept. */
  take(key: string, to: string): Promise<KeptRepository | null>;
  /** Keeps a copy of a repository in which no untrusted program ran. A repository that is too large is not kept. */
  keep(key: string, from: string, known: KeptRepository): Promise<void>;
  /** Removes a damaged repository. */
  forget(key: string): Promise<void>;
}

/** The limits of the cache. */
interface CacheLimits {
  readonly repositories: number;
  /** The most bytes of one repository. */
  readonly bytes: number;
  readonly totalBytes: number;
}

const LIMITS: CacheLimits = { repositories: 32, bytes: 256 << 20, totalBytes: 2 ** 31 };
const MAX_FILES = 2_000;
const MAX_DEPTH = 16;
const KEPT_MS = 7 * 86_400_000;
/** After this time, an unfinished copy of a killed process is removed. */
const UNFINISHED_MS = 3_600_000;
const KEY = /^[0-9a-f]{64}$/;
const UNFINISHED = /^[0-9a-f]{64}\.[0-9a-f]{16}$/;
const COMMIT = /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/;

/** The cache in a folder. The folder is made when the first repository is kept. */
export function repositoryCache(
  folder: string,
  clock: () => number,
  limits: CacheLimits = LIMITS,
): RepositoryCache {
  const place = (key: string) => {
    if (!KEY.test(key)) throw new RangeError("a key is 64 hex digits");
    return `${folder}/${key}`;
  };
  const unfinished = (key: string) =>
    `${place(key)}.${crypto.getRandomValues(new Uint8Array(8)).toHex()}`;
  /** Renames the repository first, so that no job starts to copy it during its removal. */
  const remove = async (key: string) => {
    const gone = unfinished(key);
    try {
      await Deno.rename(place(key), gone);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return;
      throw error;
    }
    await removeWorkFolder(gone);
  };
  return {
    async take(key, to) {
      const from = place(key);
      const info = await Deno.lstat(from).catch(() => null);
      if (!info?.isDirectory || usedMs(info) < clock() - KEPT_MS) return null;
      try {
        const commit = await Deno.readTextFile(`${from}/commit`);
        if (!COMMIT.test(commit)) return null;
        await copyPlain(`${from}/repo.git`, to, limits.bytes);
        await touch(from, clock());
        return { commit };
      } catch (error) {
        if (!(error instanceof Error)) throw error;
        await removeWorkFolder(to);
        return null;
      }
    },
    async keep(key, from, { commit }) {
      await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
      if (!(await Deno.lstat(folder)).isDirectory) return;
      const made = unfinished(key);
      try {
        await Deno.mkdir(made, { mode: 0o700 });
        await copyPlain(from, `${made}/repo.git`, limits.bytes);
        await Deno.writeTextFile(`${made}/commit`, commit, { mode: 0o600 });
        await touch(made, clock());
        await remove(key);
        await Deno.rename(made, place(key));
      } catch (error) {
        if (!(error instanceof Error)) throw error;
        await removeWorkFolder(made);
      }
      await evict(folder, clock(), limits, remove);
    },
    forget: remove,
  };
}

function usedMs({ mtime }: Deno.FileInfo): number {
  return mtime?.getTime() ?? 0;
}

async function touch(path: string, nowMs: number): Promise<void> {
  await Deno.utime(path, new Date(nowMs), new Date(nowMs));
}

/** Copies folders and files. Throws if there is a link or a device, which git never makes in a bare repository, or a limit is exceeded. */
async function copyPlain(from: string, to: string, maxBytes: number): Promise<void> {
  let [bytes, files] = [0, 0];
  const copy = async (source: string, target: string, depth: number): Promise<void> => {
    if (depth > MAX_DEPTH) throw new RangeError("too deep");
    await Deno.mkdir(target, { mode: 0o700 });
    for await (const { name, isDirectory, isFile } of Deno.readDir(source)) {
      if (++files > MAX_FILES) throw new RangeError("too many files");
      if (isDirectory) await copy(`${source}/${name}`, `${target}/${name}`, depth + 1);
      else if (!isFile) throw new RangeError(`${name} is no file`);
      else {
        bytes += (await Deno.lstat(`${source}/${name}`)).size;
        if (bytes > maxBytes) throw new RangeError("too large");
        await Deno.copyFile(`${source}/${name}`, `${target}/${name}`);
      }
    }
  };
  if (!(await Deno.lstat(from)).isDirectory) throw new RangeError("no folder");
  await copy(from, to, 0);
}

async function evict(
  folder: string,
  nowMs: number,
  limits: CacheLimits,
  remove: (key: string) => Promise<void>,
): Promise<void> {
  const kept: { readonly key: string; readonly usedMs: number }[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const info = isDirectory ? await Deno.lstat(`${folder}/${name}`).catch(() => null) : null;
    if (info === null) continue;
    if (KEY.test(name)) kept.push({ key: name, usedMs: usedMs(info) });
    else if (UNFINISHED.test(name) && usedMs(info) < nowMs - UNFINISHED_MS) {
      await removeWorkFolder(`${folder}/${name}`);
    }
  }
  kept.sort((a, b) => b.usedMs - a.usedMs);
  let bytes = 0;
  for (const [at, { key, usedMs }] of kept.entries()) {
    bytes += await sizeOf(`${folder}/${key}`);
    const isLate = usedMs < nowMs - KEPT_MS;
    if (at >= limits.repositories || isLate || bytes > limits.totalBytes) await remove(key);
  }
}

async function sizeOf(path: string): Promise<number> {
  let bytes = 0;
  try {
    for await (const { name, isDirectory } of Deno.readDir(path)) {
      bytes += isDirectory
        ? await sizeOf(`${path}/${name}`)
        : (await Deno.lstat(`${path}/${name}`)).size;
    }
  } catch (error) {
    // Another job is removing the repository.
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return bytes;
}
