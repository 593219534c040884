/**
 * Undoes writes that were not synced, as a loss of power would.
 *
 * A write is durable once its file was synced after it. A new or removed name is durable once the folder or the file
 * itself was synced after it. With `ordered`, as in ext4 and similar file systems, any sync makes all earlier names
 * durable. Writes that are not durable are undone in reverse order: all of them, or, with `keep`, all except a random
 * first part for each file, because a disk may have written that part by itself.
 *
 * @module
 */
import { dirname } from "node:path";
import type { UndoRecord } from "./undo_log.ts";

/** What {@link dropUnsynced} needs. */
export interface DropOptions {
  /** The folder that was watched. */
  readonly root: string;
  /** Whether any sync makes earlier names durable. */
  readonly ordered?: boolean;
  /** Share of a file's unsynced writes that stays, from 0 (the default) to 1; asked for each file. */
  readonly keep?: () => number;
}

/** What was lost. */
export interface Dropped {
  readonly writes: number;
  /** Bytes that were appended and are gone, or overwritten and are back. */
  readonly bytes: number;
  readonly names: number;
}

/** Takes it back. Nothing may be writing there any more. */
export function dropUnsynced(
  records: readonly UndoRecord[],
  { root, ordered = false, keep = () => 0 }: DropOptions,
): Dropped {
  const lost = unsyncedOf(records, ordered, keep);
  const paths = inodesBelow(root);
  let [writes, bytes, names] = [0, 0, 0];
  for (const record of lost.reverse()) {
    if (record.type === "write" || record.type === "cut") {
      const path = paths.get(record.inode)?.values().next().value;
      // The file was removed permanently, so its bytes do not matter.
      if (path === undefined) continue;
      bytes += takeBack(path, record);
      writes++;
    } else if (takeNameBack(record, paths)) names++;
  }
  // A write-ahead index is memory of processes that are gone.
  for (const path of [...paths.values()].flatMap((each) => [...each])) {
    if (path.endsWith("-shm")) removeIfThere(path);
  }
  return { writes, bytes, names };
}

function unsyncedOf(
  records: readonly UndoRecord[],
  ordered: boolean,
  keep: () => number,
): UndoRecord[] {
  const syncs = new Map<number, number>();
  let [all, any] = [-1, -1];
  for (const [at, { type, inode }] of records.entries()) {
    if (type === "sync") [any] = [at, syncs.set(inode, at)];
    if (type === "sync_all") [all, any] = [at, at];
  }
  const syncedAfter = (inode: number, at: number) => Math.max(syncs.get(inode) ?? -1, all) > at;
  const folders = new Map<string, number>();
  const folderOf = (path: string) => {
    const folder = dirname(path);
    let inode = folders.get(folder);
    if (inode === undefined) folders.set(folder, inode = inodeOf(folder));
    return inode;
  };
  const lost: { readonly record: UndoRecord; readonly at: number }[] = [];
  const writes = new Map<number, number[]>();
  for (const [at, record] of records.entries()) {
    const { type, inode } = record;
    if (type === "sync" || type === "sync_all") continue;
    if (type === "write" || type === "cut") {
      if (syncedAfter(inode, at)) continue;
      writes.set(inode, [...writes.get(inode) ?? [], at]);
    } else {
      if (ordered && any > at) continue;
      const name = type === "rename" ? record.to : record.path;
      // The file's own sync makes its name durable, but not the removal of a name.
      if (type !== "unlink" && syncedAfter(inode, at) || syncedAfter(folderOf(name), at)) continue;
    }
    lost.push({ record, at });
  }
  const kept = new Set<number>();
  for (const each of writes.values()) {
    for (const at of each.slice(0, Math.floor(keep() * (each.length + 1)))) kept.add(at);
  }
  return lost.filter(({ at }) => !kept.has(at)).map(({ record }) => record);
}

function takeBack(path: string, { old, offset, sizeBefore }: UndoRecord): number {
  const size = Deno.statSync(path).size;
  using file = Deno.openSync(path, { read: true, write: true });
  file.seekSync(offset, Deno.SeekMode.Start);
  for (let at = 0; at < old.length;) at += file.writeSync(old.subarray(at));
  file.truncateSync(sizeBefore);
  return Math.max(0, size - sizeBefore) + old.length;
}

/** Whether a name was changed. */
function takeNameBack(record: UndoRecord, paths: Map<number, Set<string>>): boolean {
  const { type, inode, path, to, saved } = record;
  if (type === "unlink") {
    if (saved === "" || existsAt(path)) return false;
    Deno.renameSync(saved, path);
    add(paths, inode, path);
    return true;
  }
  const name = type === "rename" ? to : path;
  // Another file has this name by now, durably.
  if (inodeOf(name) !== inode) return false;
  if (type === "rename") {
    if (existsAt(path)) return false;
    Deno.renameSync(to, path);
    if (saved !== "") Deno.renameSync(saved, to);
    paths.get(inode)?.delete(to);
    add(paths, inode, path);
    if (saved !== "") add(paths, inodeOf(to), to);
    return true;
  }
  Deno.removeSync(path);
  paths.get(inode)?.delete(path);
  return true;
}

/** The names of every inode; several where there are hard links. */
function inodesBelow(root: string, paths: Map<number, Set<string>> = new Map()) {
  for (const { name, isDirectory } of Deno.readDirSync(root)) {
    const path = `${root}/${name}`;
    add(paths, inodeOf(path), path);
    if (isDirectory) inodesBelow(path, paths);
  }
  return paths;
}

function add(paths: Map<number, Set<string>>, inode: number, path: string): void {
  const names = paths.get(inode) ?? new Set();
  paths.set(inode, names.add(path));
}

function inodeOf(path: string): number {
  try {
    return Deno.lstatSync(path).ino ?? -1;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return -1;
    }
    throw error;
  }
}

function existsAt(path: string): boolean {
  return inodeOf(path) !== -1;
}

function removeIfThere(path: string): void {
  if (existsAt(path)) Deno.removeSync(path);
}
