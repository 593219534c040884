/**
 * The folder for runs. It is outside the home, and its name reveals nothing: a job can read the real path of every mount in
 * `/proc/self/mountinfo`, and a path in the home would reveal who the operator is and where the keys are.
 *
 * The home stores the path of this folder, so that the next start finds and removes what a crashed process left there.
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
    const noted = await read(note);
    if (noted !== null && NAME.test(noted) && await isOwn(noted, uid)) {
      return { folder: noted, hidden: true };
    }
    const folder = await Deno.makeTempDir({ dir: temp, prefix: "crosstown-" });
    // A rename replaces a link at this path and does not follow it.
    await Deno.writeTextFile(`${note}.new`, folder, { mode: 0o600, createNew: true });
    await Deno.rename(`${note}.new`, note);
    return { folder, hidden: true };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    await Deno.remove(`${note}.new`).catch(() => undefined);
    const folder = `${stateFolder}/work`;
    await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
    return { folder, hidden: false };
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
