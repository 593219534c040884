/**
 * Whether a folder is the user's own: a home that others can change is never used because it happens to lie above the working
 * folder.
 *
 * @module
 */
import { dirname } from "node:path";

/** Who owns a folder and who may write it. */
interface Holder {
  readonly path: string;
  readonly info: Deno.FileInfo;
}

/**
 * What speaks against a folder, or null: it and every folder above it must belong to the user (or root, above it) and be writable
 * by nobody else. In a sticky folder such as `/tmp` others may write, but not rename what is the user's.
 *
 * @param path Absolute, as it was found; where it leads through links, both ways are looked at.
 * @param uid The user's number; null where it cannot be known, which speaks against every folder.
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
 * What speaks against a home that the user named, or null. It may be a link, as programs that keep a user's settings make them, if
 * the link and what it leads to are the user's (or root's).
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
  // A link's own mode says nothing.
  if (info.isSymlink) return null;
  const mode = info.mode ?? 0;
  if ((mode & 0o022) === 0) return null;
  const sticky = (mode & 0o1000) !== 0;
  return sticky && !isLast ? null : `${path} can be written by other users`;
}

function isOf({ uid: owner }: Deno.FileInfo, uid: number): boolean {
  return owner === uid || owner === 0;
}
