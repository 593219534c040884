/**
 * Where runs have their folders: outside of the home, in a folder whose name says nothing. A job can read the real path of
 * everything that its sandbox shows (`/proc/self/mountinfo`), and a path in the home tells who the operator is and where the keys
 * lie.
 *
 * The home remembers the folder, so that what a crashed process left there is found and removed.
 *
 * @module
 */
import { removeWorkFolder } from "./work_folder.ts";

/** Where to look and to make. */
interface WorkPlaceOptions {
  /** Of the home; holds the note. */
  readonly stateFolder: string;
  /** Where the folder is made, on a disk rather than in memory: `TMPDIR`, else `/var/tmp`. */
  readonly temp: string;
}

/** In the state folder: the path of the folder, one line. */
export const NOTE = "work_folder";

const NAME = /\/crosstown-[A-Za-z0-9]+$/;

/**
 * The folder of this home, 0700 and owned by who owns the home; made where there is none. Where none can be made in `temp` (no
 * permission, no such folder) it is `work` in the state folder, and `hidden` is false.
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
    // By rename: a link in place of the note is replaced, not followed.
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

/** In the folder of a host: layers of earlier builds, which the next start of a provider uses. */
export const LAYERS = "layers";

/** In the folder of a host: repositories of earlier jobs. */
export const REPOSITORIES = "repositories";

/** Whether a name in the folder of a host is of something that outlives its jobs. */
export function isKept(name: string): boolean {
  return name === LAYERS || name === REPOSITORIES;
}

/**
 * Removes the folder and those of the hosts in it when nothing is left in them; a run that goes on keeps its own, and a provider its
 * layers and repositories, unless they are to be forgotten.
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
    // It is found by the next start, or it is gone.
    if (!(error instanceof Error)) throw error;
  }
}

async function read(note: string): Promise<string | null> {
  const info = await Deno.lstat(note).catch(() => null);
  return info?.isFile && info.size < 4096 ? (await Deno.readTextFile(note)).trim() : null;
}

/** Whoever may write to `temp` may put a folder there too, when ours was removed. */
async function isOwn(folder: string, uid: number | null): Promise<boolean> {
  const info = await Deno.lstat(folder).catch(() => null);
  return info !== null && info.isDirectory && info.uid === uid && ((info.mode ?? 0) & 0o077) === 0;
}
