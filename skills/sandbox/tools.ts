/**
 * The paths of the programs that skills need. The command that starts a host finds them once and passes them on as absolute paths, so that
 * a worker's `run` permission names exactly these files.
 *
 * @module
 */

import { type Builder, EMULATORS } from "./emulators.ts";
import type { ControlGroups } from "./control_groups.ts";
import type { LaunchPool } from "./launch_pool.ts";

/** Absolute paths of programs. Null if a program was not found. */
export interface Tools {
  /** Git. */
  readonly git: string | null;
  /** The shell. */
  readonly sh: string | null;
  /** Bubblewrap. */
  readonly bwrap: string | null;
  /** The program of gVisor, for jobs of an owner who chose it. */
  readonly runsc?: string | null;
  /** Perl, which connects a job to its proxy and sets Landlock. */
  readonly perl?: string | null;
  /** Buildah, which builds images. Null or absent if it was not found. */
  readonly buildah?: string | null;
  /** Static qemu programs for other machines, by platform. */
  readonly emulators?: Readonly<Record<string, string>>;
  /** How images can be built. Null or absent if it was not tried or does not work. */
  readonly builder?: Builder | null;
  /** The `deno` that jobs may use, with symbolic links resolved. */
  readonly deno: string | null;
  /** `PATH` of children outside a sandbox. */
  readonly path: string;
  /** The control groups that limit jobs. Null or absent if there are none. */
  readonly groups?: ControlGroups | null;
  /** Shells that were started in advance for jobs. Each worker has its own pool. */
  readonly pool?: LaunchPool | null;
}

/** The options of {@link locateTools}. */
interface LocateOptions {
  /** The `PATH` to search. */
  readonly path: string;
  /** `Deno.execPath()`. Jobs use it if its name starts with `deno`. */
  readonly execPath?: string;
}

/** Finds the programs. Needs `read` for the folders of `PATH`. Never throws. */
export async function locateTools({ path, execPath }: LocateOptions): Promise<Tools> {
  const find = async (name: string): Promise<string | null> => {
    for (const folder of path.split(":")) {
      if (!folder.startsWith("/")) continue;
      const file = `${folder.replace(/\/+$/, "")}/${name}`;
      if (await isExecutable(file)) return file;
    }
    return null;
  };
  const ownDeno = execPath !== undefined && /(^|\/)deno[^/]*$/.test(execPath) ? execPath : null;
  const deno = await realFile(ownDeno ?? await find("deno"));
  const emulators = await Promise.all(
    Object.entries(EMULATORS).map(async ([platform, name]) => [platform, await find(name)]),
  );
  return {
    git: await find("git"),
    sh: await find("sh"),
    bwrap: await find("bwrap"),
    runsc: await find("runsc"),
    perl: await find("perl"),
    buildah: await find("buildah"),
    emulators: Object.fromEntries(emulators.filter(([, file]) => file !== null)),
    deno,
    path,
  };
}

/** The `run` permission that a worker needs for these tools: the shell, which starts the other programs with limits, and bubblewrap. */
export function runPermission(tools: Tools): string[] {
  return [tools.sh, tools.bwrap].filter((tool) => tool !== null);
}

async function isExecutable(file: string): Promise<boolean> {
  try {
    const info = await Deno.stat(file);
    return info.isFile && (info.mode === null || (info.mode & 0o111) !== 0);
  } catch {
    return false;
  }
}

async function realFile(file: string | null): Promise<string | null> {
  if (file === null) return null;
  try {
    return await Deno.realPath(file);
  } catch {
    return null;
  }
}
