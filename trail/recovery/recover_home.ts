/**
 * Restores a home's store or repository. The old files are moved aside under the home's lock and never deleted. The complete new store gets
 * its name by one rename.
 *
 * @module
 */
import type { GitPlace } from "../audit/git_command.ts";
import { type AuditTip, auditTip } from "../audit/read_repository.ts";
import { setAside as setRepositoryAside } from "../audit/repository.ts";
import { acquireLock } from "../../store/lock.ts";
import type { RecoverySource } from "./examine_home.ts";
import { rebuildStore, type Rebuilt } from "./rebuild_store.ts";
import { lstatOrNull } from "../../base/files/missing.ts";

/** Options of {@link recoverHome}. */
interface RecoveryOptions {
  readonly place: GitPlace;
  readonly source: RecoverySource;
  readonly clock: () => number;
  /** Stops waiting for a running process. */
  readonly signal?: AbortSignal;
}

/** The result. */
export interface Recovery {
  /** Null if the store was not rebuilt. */
  readonly rebuilt: Rebuilt | null;
  /** The folder with the old files; null if there were none. */
  readonly setAside: string | null;
  /** What could not be restored, one sentence for each. */
  readonly lost: readonly string[];
}

const LOCK_MS = 300;
const STORE_FILES = ["state.db", "state.db-wal", "state.db-shm"];
const LOG_FILES = ["payment_log.jsonl", "payment_log"];

/** What is lost with every store. */
const ALWAYS_LOST: readonly string[] = [
  "packets that waited for an answer: their amounts count as spent if the other side has them",
  "stored answers to repeated packets and jobs, and the list of seen events",
  "the signer's ledger: hourly and daily ceilings start at zero, and raised limits must be raised again",
  "pending transactions: the chain has their outcome",
  "under which keys jobs were submitted: the same command given again is a new job",
  "sequences of jobs that were under way",
];

/**
 * Restores the home.
 *
 * @throws StoreError `locked` while a process is using the home
 */
export async function recoverHome(options: RecoveryOptions): Promise<Recovery> {
  const { place, source, clock, signal } = options;
  await Deno.mkdir(place.folder, { recursive: true, mode: 0o700 });
  const lock = await acquireLock({
    path: `${place.folder}/state.lock`,
    waitMs: LOCK_MS,
    clock,
    pid: Deno.pid,
    signal,
  });
  try {
    if (source === "journal") {
      const moved = await lstatOrNull(`${place.folder}/.git`) !== null
        ? await setRepositoryAside(place, clock)
        : null;
      return { rebuilt: null, setAside: moved, lost: [] };
    }
    return await rebuild(options, source === "git" ? await auditTip(place) : null);
  } finally {
    lock.release();
  }
}

async function rebuild(
  { place, source, clock }: RecoveryOptions,
  git: AuditTip | null,
): Promise<Recovery> {
  const { folder } = place;
  const work = `${folder}/.recovery`;
  await removeIfThere(work);
  await Deno.mkdir(work, { mode: 0o700 });
  const rebuilt = await rebuildStore(place, git, work, clock);
  const time = new Date(clock()).toISOString().replaceAll(":", "-");
  const aside = `${folder}/set-aside/${time}`;
  const files = [
    ...STORE_FILES,
    ...(rebuilt.logFits ? [] : LOG_FILES),
    ...(source === "chain" ? [".git"] : []),
  ];
  const moved = await moveAside(folder, files, aside);
  await Deno.rename(`${work}/state.db`, `${folder}/state.db`);
  await syncFolder(folder);
  await removeIfThere(work);
  return {
    rebuilt,
    setAside: moved ? aside : null,
    lost: [
      ...rebuilt.lost,
      ...(rebuilt.logFits ? [] : ["the log, which does not match git: it is set aside"]),
      ...ALWAYS_LOST,
    ],
  };
}

/**
 * Moves files away; returns whether there were any. The store's own file goes first, because without it nobody uses its write-ahead log.
 */
async function moveAside(
  folder: string,
  names: readonly string[],
  aside: string,
): Promise<boolean> {
  let moved = false;
  for (const name of names) {
    if (await lstatOrNull(`${folder}/${name}`) === null) continue;
    if (!moved) await Deno.mkdir(aside, { recursive: true, mode: 0o700 });
    moved = true;
    await Deno.rename(`${folder}/${name}`, `${aside}/${name}`);
  }
  return moved;
}

async function removeIfThere(path: string): Promise<void> {
  if (await lstatOrNull(path) !== null) await Deno.remove(path, { recursive: true });
}

async function syncFolder(path: string): Promise<void> {
  if (Deno.build.os === "windows") return;
  using handle = await Deno.open(path, { read: true });
  await handle.sync();
}
