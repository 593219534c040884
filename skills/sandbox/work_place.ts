/**
 * The folder for runs. It is outside the home, and its name reveals nothing: a job can read the real path of every mount in
 * `/proc/self/mountinfo`, and a path in the home would reveal who the operator is and where the keys are.
 *
 * The home stores the path of this folder, so that the next start finds and removes what a crashed process left there. The folder names the
 * home in a file that no job sees, so that the start of another home removes it when the home was deleted.
 *
 * @module
 */
import { removeWorkFolder } from "./work_folder.ts";

/** The options of {@link findWorkPlace}. */
interface WorkPlaceOptions {
  /** The state folder of the home. It contains the note. */
  readonly stateFolder: string;
  /** The parent of the new folder: `TMPDIR`, otherwise `/var/tmp`, which is on a disk and not in memory. */
  readonly temp: string;
}

/** The name of the file in the state folder with the path of the folder. */
export const NOTE = "work_folder";

const NAME = /\/crosstown-[A-Za-z0-9]+$/;

/**
 * Finds or makes the folder of this home. It has mode 0700 and the owner of the home. If it cannot be made in `temp` (no permission, no
 * such folder), `work` in the state folder is used, and `hidden` is false.
 */
export async function findWorkPlace(
  { stateFolder, temp }: WorkPlaceOptions,
): Promise<{ readonly folder: string; readonly hidden: boolean }> {
  const note = `${stateFolder}/${NOTE}`;
  try {
    const { uid } = await Deno.lstat(stateFolder);
    // What another home left is no reason to use another place.
    await sweepWorkPlaces(temp, uid).catch(() => 0);
    const noted = await read(note);
    if (noted !== null && NAME.test(noted) && await isOwn(noted, uid)) {
      await sayWhose(noted, stateFolder);
      return { folder: noted, hidden: true };
    }
    const folder = await Deno.makeTempDir({ dir: temp, prefix: "crosstown-" });
    await replaceFile(note, folder);
    await sayWhose(folder, stateFolder);
    return { folder, hidden: true };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const folder = `${stateFolder}/work`;
    await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
    return { folder, hidden: false };
  }
}

/** The file in the folder with the path of the state folder. */
const OWNER = "home";
/** A folder that was changed later than this may belong to a home that is being made or moved. */
const UNTOUCHED_MS = 86_400_000;

async function sayWhose(folder: string, stateFolder: string): Promise<void> {
  const path = await Deno.realPath(stateFolder);
  if (await read(`${folder}/${OWNER}`) === path) return;
  await replaceFile(`${folder}/${OWNER}`, path);
}

/** Writes a file beside it and renames that, which replaces a link at this path and does not follow it. */
async function replaceFile(path: string, text: string): Promise<void> {
  // A crash may have left it.
  await Deno.remove(`${path}.new`).catch(() => undefined);
  await Deno.writeTextFile(`${path}.new`, text, { mode: 0o600, createNew: true });
  await Deno.rename(`${path}.new`, path);
}

/**
 * Removes the folders in `temp` of homes that were deleted. A folder is removed only if all of this is true: it has the name, owner and
 * mode of one of ours and is no link, it names a state folder, that folder does not exist, and nothing was changed in it for a day. A folder
 * that names no home stays.
 */
export async function sweepWorkPlaces(
  temp: string,
  uid: number | null,
  nowMs: number = Date.now(),
): Promise<number> {
  let removed = 0;
  for await (const { name, isDirectory } of Deno.readDir(temp)) {
    const folder = `${temp}/${name}`;
    if (!isDirectory || !NAME.test(folder) || !await isOwn(folder, uid)) continue;
    const info = await Deno.lstat(folder).catch(() => null);
    if (info === null || (info.mtime?.getTime() ?? Infinity) > nowMs - UNTOUCHED_MS) continue;
    const owner = await read(`${folder}/${OWNER}`).catch(() => null);
    if (owner === null || !owner.startsWith("/") || !await isGone(owner)) continue;
    await removeWorkFolder(folder);
    removed++;
  }
  return removed;
}

/** False if it exists, and if that cannot be known. */
async function isGone(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return false;
  } catch (error) {
    return error instanceof Deno.errors.NotFound;
  }
}

/** The folder of a host with layers of earlier builds. The next start of a provider uses them. */
export const LAYERS = "layers";

/** The folder of a host with repositories of earlier jobs. */
export const REPOSITORIES = "repositories";

/** Whether a folder of a host is kept after its jobs. */
export function isKept(name: string): boolean {
  return name === LAYERS || name === REPOSITORIES;
}

/**
 * Removes the folder and the folders of hosts in it if they are empty. The folder of a running job stays. Layers and repositories of a
 * provider stay too, except with `forgetKept`.
 */
export async function leaveWorkPlace(
  folder: string,
  { forgetKept = false }: { readonly forgetKept?: boolean } = {},
): Promise<void> {
  try {
    for await (const { name, isDirectory } of Deno.readDir(folder)) {
      if (!isDirectory) continue;
      for (const kept of forgetKept ? [LAYERS, REPOSITORIES] : []) {
        await removeWorkFolder(`${folder}/${name}/${kept}`);
      }
      await Deno.remove(`${folder}/${name}`).catch(() => undefined);
    }
    // The name of the home goes only with the folder.
    const left = await Array.fromAsync(Deno.readDir(folder));
    if (left.some(({ name }) => name !== OWNER && name !== `${OWNER}.new`)) return;
    for (const { name } of left) await Deno.remove(`${folder}/${name}`);
    await Deno.remove(folder);
  } catch (error) {
    // The folder is already gone, or it is not empty and the next start finds it.
    if (!(error instanceof Error)) throw error;
  }
}

async function read(note: string): Promise<string | null> {
  const info = await Deno.lstat(note).catch(() => null);
  return info?.isFile && info.size < 4096 ? (await Deno.readTextFile(note)).trim() : null;
}

/** Checks the owner and the mode, because another user may have made a folder with this name after ours was removed. */
async function isOwn(folder: string, uid: number | null): Promise<boolean> {
  const info = await Deno.lstat(folder).catch(() => null);
  return info !== null && info.isDirectory && info.uid === uid && ((info.mode ?? 0) & 0o077) === 0;
}
