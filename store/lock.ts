/**
 * Allows one writer for each folder. The operating system locks a file that names its holder. So the lock ends with the process, however it
 * ends, and readers need no lock.
 *
 * @module
 */
import { StoreError } from "./store_error.ts";
import { openPlainFile } from "../base/files/plain_file.ts";

/** How often the lock is tried again, because the system has no waiting lock with a time limit. */
const RETRY_MS = 50;

/** A held lock; `release()` is idempotent. */
export interface FolderLock {
  /** Releases the lock. */
  release(): void;
}

/** Options of {@link acquireLock}. */
interface LockOptions {
  /** The lock file. It is created with mode 0600 if missing, and never removed. */
  readonly path: string;
  /** How long to wait for another holder; 0 asks once. */
  readonly waitMs: number;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  /** Written into the file for the others. */
  readonly pid: number;
  /** Stops waiting. */
  readonly signal?: AbortSignal;
}

/**
 * Takes the lock, or throws StoreError `locked` with its holder. It also excludes a second holder in this process.
 *
 * @throws the signal's reason when aborted while waiting
 */
export async function acquireLock(options: LockOptions): Promise<FolderLock> {
  const file = await openPlainFile(options.path, {
    read: true,
    write: true,
    create: true,
    mode: 0o600,
  });
  try {
    const attempts = Math.ceil(options.waitMs / RETRY_MS);
    for (let attempt = 0; !(await file.tryLock(true)); attempt++) {
      options.signal?.throwIfAborted();
      if (attempt >= attempts) throw locked(options.path, await holder(file), options.waitMs);
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
    await file.truncate(0);
    await file.seek(0, Deno.SeekMode.Start);
    const since = new Date(options.clock()).toISOString();
    await file.write(new TextEncoder().encode(`pid=${options.pid} since=${since}\n`));
  } catch (error) {
    file.close();
    throw error;
  }
  let held = true;
  return {
    release() {
      if (!held) return;
      held = false;
      file.close();
    },
  };
}

/** Whether somebody holds the lock now; false if there is no such file. */
export async function isLockHeld(path: string): Promise<boolean> {
  return await lockHolder(path) !== null;
}

/** The current holder, `process 12 since 2026-11-22T10:00:00.000Z`; null if there is none. */
export async function lockHolder(path: string): Promise<string | null> {
  let file: Deno.FsFile;
  try {
    file = await openPlainFile(path, { read: true, write: true });
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
  try {
    return await file.tryLock(true) ? null : await holder(file);
  } finally {
    file.close();
  }
}

async function holder(file: Deno.FsFile): Promise<string> {
  const buffer = new Uint8Array(200);
  await file.seek(0, Deno.SeekMode.Start);
  const size = await file.read(buffer) ?? 0;
  const found = /^pid=(\d{1,10}) since=([0-9TZ:.-]{1,40})\n$/.exec(
    new TextDecoder().decode(buffer.subarray(0, size)),
  );
  return found === null ? "another process" : `process ${found[1]} since ${found[2]}`;
}

function locked(path: string, by: string, waitMs: number): StoreError {
  return new StoreError(
    "locked",
    `${path} is held by ${by} (waited ${waitMs} ms): end that process, or use its daemon`,
  );
}
