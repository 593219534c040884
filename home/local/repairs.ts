/**
 * What `doctor --fix` repairs: the modes of this home's own folders and files and of the secret files that its settings name, the socket
 * that a killed process left, and drafts of settings that were never finished. It skips links and files of other users, and removes nothing
 * that anybody wrote.
 *
 * @module
 */
import { dirname } from "../../base/path.ts";
import type { HomePaths } from "../../config/paths.ts";
import { lstatOrNull, nullIfMissing } from "../../base/files/missing.ts";
import { acquireLock, isLockHeld } from "../../store/lock.ts";

/** One repair that was made, or would be. */
export interface Repair {
  readonly path: string;
  /** What it was: a mode as `chmod` writes it (`755`), or what is wrong with the file. */
  readonly from: string;
  /** What it is now: a mode, or `removed`. */
  readonly to: string;
}

/** The home, and how it is repaired. */
interface RepairPlace {
  readonly paths: HomePaths;
  /** The secret files that the settings name. */
  readonly secretFiles: readonly string[];
  /** The user; files of others are skipped. Null if it is not known. */
  readonly uid: number | null;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  /** Only says what would be repaired. */
  readonly dryRun: boolean;
}

/** Makes every repair that is needed. */
export async function repair(place: RepairPlace): Promise<readonly Repair[]> {
  return [...await modes(place), ...await deadSocket(place), ...await oldDrafts(place)];
}

/** Removes other users' rights, as far as they exist. */
async function modes({ paths, secretFiles, uid, dryRun }: RepairPlace): Promise<Repair[]> {
  const terms = `${paths.home}/terms`;
  const folders = [paths.home, paths.devFolder, dirname(paths.mayorFolder), paths.mayorFolder];
  const files = [paths.identityFile, paths.configFile, paths.devProfileFile, paths.approvalsFile];
  const wanted = [
    ...[...folders, paths.stateFolder, terms].map((path) => [path, 0o700] as const),
    ...[
      ...files,
      paths.logFile,
      `${paths.devFolder}/wallet.enc`,
      ...(await namesIn(terms)).map((name) => `${terms}/${name}`),
      ...secretFiles,
    ].map((path) => [path, 0o600] as const),
  ];
  const made: Repair[] = [];
  for (const [path, mode] of wanted) {
    const info = await lstatOrNull(path);
    if (info === null || info.mode === null || info.isSymlink) continue;
    if (info.isDirectory !== (mode === 0o700) || (uid !== null && info.uid !== uid)) continue;
    if ((info.mode & 0o077) === 0) continue;
    if (!dryRun) await Deno.chmod(path, info.mode & 0o700);
    const octal = (bits: number) => (bits & 0o777).toString(8).padStart(3, "0");
    made.push({ path, from: octal(info.mode), to: octal(info.mode & 0o700) });
  }
  return made;
}

/** The socket of a daemon that was killed. The store's lock is held meanwhile, so no daemon can take its place. */
async function deadSocket({ paths, uid, clock, dryRun }: RepairPlace): Promise<Repair[]> {
  const path = paths.controlSocket;
  const info = await lstatOrNull(path);
  if (info === null || !info.isSocket || (uid !== null && info.uid !== uid)) return [];
  const made: Repair = { path, from: "a socket of a process that has ended", to: "removed" };
  const lockFile = `${paths.stateFolder}/state.lock`;
  if (dryRun) return await isLockHeld(lockFile) || await listens(path) ? [] : [made];
  const lock = await acquireLock({ path: lockFile, waitMs: 0, clock, pid: Deno.pid })
    .catch(() => null);
  if (lock === null) return [];
  try {
    if (await listens(path)) return [];
    await Deno.remove(path).catch(nullIfMissing);
    return [made];
  } finally {
    lock.release();
  }
}

async function listens(path: string): Promise<boolean> {
  try {
    (await Deno.connect({ transport: "unix", path })).close();
    return true;
  } catch (error) {
    return !(error instanceof Deno.errors.ConnectionRefused);
  }
}

/** A write takes milliseconds. */
const DRAFT_MS = 60 * 60 * 1_000;
const DRAFT = /^crosstown\.toml\.[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Drafts that `config set` left where it was killed before it renamed them. They may hold a secret. */
async function oldDrafts({ paths, uid, clock, dryRun }: RepairPlace): Promise<Repair[]> {
  const made: Repair[] = [];
  for (const name of await namesIn(paths.home)) {
    if (!DRAFT.test(name)) continue;
    const path = `${paths.home}/${name}`;
    const info = await lstatOrNull(path);
    if (info === null || !info.isFile || (uid !== null && info.uid !== uid)) continue;
    if (clock() - (info.mtime?.getTime() ?? clock()) < DRAFT_MS) continue;
    if (!dryRun) await Deno.remove(path).catch(nullIfMissing);
    made.push({ path, from: "an unfinished draft of crosstown.toml", to: "removed" });
  }
  return made;
}

/** The names in a folder, in order; none if it is missing. */
async function namesIn(folder: string): Promise<string[]> {
  const names: string[] = [];
  try {
    for await (const { name } of Deno.readDir(folder)) names.push(name);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory)) {
      throw error;
    }
  }
  return names.sort();
}
