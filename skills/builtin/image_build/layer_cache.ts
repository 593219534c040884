/**
 * What an engine stored of earlier builds, so that steps that did not change are not run again: of each buyer and platform for itself, and
 * one for each platform of those who agreed to share.
 *
 * A build takes a store by renaming it into its own folder, and gives it back when it has ended. So two builds never work on one, what a
 * killed build left goes with its folder, and whoever finds none begins anew. The store was written to by a build, a stranger's: only its
 * size is looked at.
 *
 * Held: at most 16 stores of 1 GiB and 80,000 files each; the one that was not used longest goes first, after 7 days each.
 *
 * @module
 */
import { removeWorkFolder } from "../../sandbox/work_folder.ts";

/** Whose layers a build uses: the buyer's own, those of all who agreed to share, or none. */
export type CacheUse = "private" | "shared" | "none";

/** Whose store is meant. */
interface CacheKey {
  readonly use: CacheUse;
  /** Of who asked, 64 hex digits. */
  readonly buyer: string;
  /** e.g. `linux/arm64`. */
  readonly platform: string;
}

/** Stores of earlier builds. */
interface LayerCache {
  /** Brings the store to a path where nothing is; whether there was one. `none` forgets the buyer's own. */
  take(key: CacheKey, to: string): Promise<boolean>;
  /** Keeps the store of a build that has ended; one that is too large stays where it is. */
  keep(key: CacheKey, from: string): Promise<void>;
}

const MAX_STORES = 16;
const MAX_BYTES = 1 << 30;
const MAX_FILES = 80_000;
const MAX_DEPTH = 512;
const KEPT_MS = 7 * 86_400_000;

/** The stores in a folder, which is made when the first is kept. */
export function layerCache(
  folder: string,
  clock: () => number,
  { maxStores = MAX_STORES, maxBytes = MAX_BYTES }: {
    readonly maxStores?: number;
    readonly maxBytes?: number;
  } = {},
): LayerCache {
  const place = ({ use, buyer, platform }: CacheKey) =>
    `${folder}/${use === "shared" ? "shared" : buyer}.${platform.replaceAll("/", "_")}`;
  return {
    async take(key, to) {
      const from = place(key);
      if (key.use === "none") {
        await removeWorkFolder(from);
        return false;
      }
      try {
        const info = await Deno.lstat(from);
        if (!info.isDirectory || (info.mtime?.getTime() ?? 0) < clock() - KEPT_MS) return false;
        await Deno.rename(from, to);
        return true;
      } catch (error) {
        // Another build has it.
        if (error instanceof Deno.errors.NotFound) return false;
        throw error;
      }
    },
    async keep(key, from) {
      if (key.use === "none") return;
      const info = await Deno.lstat(from).catch(() => null);
      if (!info?.isDirectory || !await fits(from, maxBytes)) return;
      await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
      const to = place(key);
      // Of two builds at once the one that ends last is kept.
      await removeWorkFolder(to);
      await Deno.chmod(from, 0o700);
      const now = new Date(clock());
      await Deno.utime(from, now, now);
      await Deno.rename(from, to).catch((error) => {
        if (!(error instanceof Error)) throw error;
      });
      await evict(folder, clock() - KEPT_MS, maxStores);
    },
  };
}

/** Whether a store is small enough; one that cannot be read is not. */
async function fits(folder: string, maxBytes: number): Promise<boolean> {
  let [bytes, files] = [0, 0];
  const walk = async (path: string, depth: number): Promise<boolean> => {
    if (depth > MAX_DEPTH) return false;
    for await (const { name, isDirectory } of Deno.readDir(path)) {
      const { size } = await Deno.lstat(`${path}/${name}`);
      bytes += size;
      if (++files > MAX_FILES || bytes > maxBytes) return false;
      if (isDirectory && !await walk(`${path}/${name}`, depth + 1)) return false;
    }
    return true;
  };
  try {
    return await walk(folder, 0);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return false;
  }
}

async function evict(folder: string, beforeMs: number, maxStores: number): Promise<void> {
  const stores: { path: string; usedMs: number }[] = [];
  for await (const { name } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    const info = await Deno.lstat(path).catch(() => null);
    if (info !== null) stores.push({ path, usedMs: info.mtime?.getTime() ?? 0 });
  }
  stores.sort((a, b) => b.usedMs - a.usedMs);
  for (const [at, { path, usedMs }] of stores.entries()) {
    if (at >= maxStores || usedMs < beforeMs) await removeWorkFolder(path);
  }
}
