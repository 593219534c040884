/**
 * Keeps the engine's stores of earlier builds, so that unchanged steps are not run again. Each buyer and platform has its own store, and
 * each platform has one store for all buyers who agreed to share. Builds with a time of their own have stores of their own.
 *
 * A build takes a store by renaming it into its own folder, and returns it at its end. So two builds never use the same store. The store of
 * a killed build is removed with its folder. A build that finds no store starts with an empty one. An untrusted build wrote the store, so
 * only its size is checked.
 *
 * Held: at most 16 stores of 1 GiB and 80,000 files each. The one that was not used for the longest time is removed first, and each one 7
 * days after its last use.
 *
 * @module
 */
import { removeWorkFolder } from "../../sandbox/work_folder.ts";
import { namesIn } from "../../../base/files/missing.ts";

/** The layers that a build uses: those of its buyer, those of all buyers who agreed to share, or none. */
export type CacheUse = "private" | "shared" | "none";

/** The key of a store. */
interface CacheKey {
  readonly use: CacheUse;
  /** The buyer's key, 64 hex digits. */
  readonly buyer: string;
  /** For example `linux/arm64`. */
  readonly platform: string;
  /** The time of the image, in seconds since 1970. A layer keeps the time of the build that made it, so builds with different times share none. */
  readonly epochS: number;
}

/** Stores of earlier builds. */
interface LayerCache {
  /** Moves the store to a path that does not exist yet. Returns whether there was one. With `none`, the buyer's own stores are removed. */
  take(key: CacheKey, to: string): Promise<boolean>;
  /** Keeps the store of a finished build. A store that is too large is not moved. */
  keep(key: CacheKey, from: string): Promise<void>;
}

const MAX_STORES = 16;
const MAX_BYTES = 1 << 30;
const MAX_FILES = 80_000;
const MAX_DEPTH = 512;
const KEPT_MS = 7 * 86_400_000;

/** The cache in a folder. The folder is made when the first store is kept. */
export function layerCache(
  folder: string,
  clock: () => number,
  { maxStores = MAX_STORES, maxBytes = MAX_BYTES }: {
    readonly maxStores?: number;
    readonly maxBytes?: number;
  } = {},
): LayerCache {
  const nameOf = ({ use, buyer, platform }: CacheKey) =>
    `${use === "shared" ? "shared" : buyer}.${platform.replaceAll("/", "_")}`;
  const place = (key: CacheKey) =>
    `${folder}/${nameOf(key)}${key.epochS === 0 ? "" : `.${key.epochS}`}`;
  return {
    async take(key, to) {
      const from = place(key);
      if (key.use === "none") {
        for (const name of await namesIn(folder)) {
          if (name === nameOf(key) || name.startsWith(`${nameOf(key)}.`)) {
            await removeWorkFolder(`${folder}/${name}`);
          }
        }
        return false;
      }
      try {
        const info = await Deno.lstat(from);
        if (!info.isDirectory || (info.mtime?.getTime() ?? 0) < clock() - KEPT_MS) return false;
        await Deno.rename(from, to);
        return true;
      } catch (error) {
        // Another build has taken the store.
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
      // Of two simultaneous builds, the store of the later one is kept.
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

/** Whether a store is small enough. False if it cannot be read. */
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
