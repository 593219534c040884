/**
 * Where the programs that skills need are. Found once by the command that starts a host, then passed on as absolute paths, so
 * that a worker's `run` permission names exactly them.
 *
 * @module
 */

import { type Builder, EMULATORS } from "./emulators.ts";
import type { ControlGroups } from "./control_groups.ts";
import type { LaunchPool } from "./launch_pool.ts";

/** Absolute paths of programs; null where there is none. */
export interface Tools {
  /** Git. */
  readonly git: string | null;
  /** The shell. */
  readonly sh: string | null;
  /** Bubblewrap. */
  readonly bwrap: string | null;
  /** gVisor's program, where it is here; jobs do not use it. */
  readonly runsc?: string | null;
  /** Perl, which leads from a job to its proxy. */
  readonly perl?: string | null;
  /** Buildah, which builds images; null or absent where there is none. */
  readonly buildah?: string | null;
  /** Static qemu of other machines, by platform. */
  readonly emulators?: Readonly<Record<string, string>>;
  /** What images can be built here, once it was tried; null or absent where none. */
  readonly builder?: Builder | null;
  /** The real file of a `deno` that jobs may use, symbolic links resolved. */
  readonly deno: string | null;
  /** `PATH` of children outside a sandbox. */
  readonly path: string;
  /** Where the kernel can hold a job's limits; null or absent where it cannot. */
  readonly groups?: ControlGroups | null;
  /** Shells that were started ahead for jobs; each worker has its own. */
  readonly pool?: LaunchPool | null;
}

/** What {@link locateTools} looks at. */
interface LocateOptions {
  /** The `PATH` to search. */
  readonly path: string;
  /** `Deno.execPath()`; used for jobs when its name starts with `deno`. */
  readonly execPath?: string;
}

/** Finds the programs. Needs `read` on the folders of `PATH`; never throws. */
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

/** The `run` permission that a worker needs for these tools: the shell, which starts the rest under limits, and bubblewrap. */
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
