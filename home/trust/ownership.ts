/**
 * Checks whether a folder belongs to the user. A home that others can change must not be used only because it lies above the working
 * folder.
 *
 * @module
 */
import { dirname } from "../../base/path.ts";

/** Who owns a folder and who may write it. */
interface Holder {
  readonly path: string;
  readonly info: Deno.FileInfo;
}

/**
 * The objection against a folder, or null. The folder and every folder above it must belong to the user (or to root, for those above), and
 * must not be writable by others. In a sticky folder such as `/tmp` others may write, because they cannot rename the user's files.
 *
 * @param path Absolute path as it was found. If it contains links, the path with and without links is checked.
 * @param uid The user's id; null if it cannot be read, which is an objection against every folder.
 */
export async function ownershipObjection(path: string, uid: number | null): Promise<string | null> {
  if (uid === null) return "its owner cannot be determined";
  const real = await Deno.realPath(path);
  for (const way of real === path ? [path] : [path, real]) {
    for (const holder of await chainOf(way)) {
      const why = objectionTo(holder, holder.path === way, uid);
      if (why !== null) return why;
    }
  }
  return null;
}

/**
 * The objection against a home that the user named, or null. It may be a link, as some programs make them for a user's settings, if the
 * link and its target belong to the user or to root.
 */
export async function linkObjection(path: string, uid: number | null): Promise<string | null> {
  const link = await Deno.lstat(path).catch(() => null);
  if (link === null || !link.isSymlink || uid === null) return null;
  if (!isOf(link, uid)) return `the link ${path} belongs to another user`;
  const target = await Deno.stat(path).catch(() => null);
  return target === null || isOf(target, uid) ? null : `${path} leads to a folder of another user`;
}

/** The folder and all above it, the nearest first. */
async function chainOf(path: string): Promise<Holder[]> {
  const holders: Holder[] = [];
  for (let at = path;; at = dirname(at)) {
    holders.push({ path: at, info: await Deno.lstat(at) });
    if (dirname(at) === at) return holders;
  }
}

function objectionTo({ path, info }: Holder, isLast: boolean, uid: number): string | null {
  if (isLast ? info.uid !== uid : !isOf(info, uid)) return `${path} belongs to another user`;
  // A link's own mode has no meaning.
  if (info.isSymlink) return null;
  const mode = info.mode ?? 0;
  if ((mode & 0o022) === 0) return null;
  const sticky = (mode & 0o1000) !== 0;
  return sticky && !isLast ? null : `${path} can be written by other users`;
}

function isOf({ uid: owner }: Deno.FileInfo, uid: number): boolean {
  return owner === uid || owner === 0;
}
