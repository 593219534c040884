/** Memory, descriptors and files of a process, read from the system. */

import { basename } from "node:path";

/** Of one process at rest. */
export interface Usage {
  /** Resident memory, bytes. */
  readonly memoryBytes: number;
  /** Open descriptors. */
  readonly descriptors: number;
  /** Files and folders in its home, except those that are kept for each job: its audit file, and loose objects of git. */
  readonly files: number;
  /** What they take. */
  readonly diskBytes: number;
}

/** Reads it. Throws where the process or its folder is gone. */
export async function usageOf(pid: number, folder: string): Promise<Usage> {
  // Deno reads /proc only with all permissions.
  const { stdout, success } = await new Deno.Command("/bin/sh", {
    args: ["-c", 'grep VmRSS "/proc/$1/status" && ls "/proc/$1/fd" | wc -l', "sh", String(pid)],
    stderr: "inherit",
  }).output();
  const [, kib, count] = /^VmRSS:\s+(\d+) kB\s+(\d+)\s*$/.exec(new TextDecoder().decode(stdout)) ??
    [];
  if (!success || count === undefined) throw new Error(`process ${pid} is gone`);
  return { memoryBytes: Number(kib) * 1_024, descriptors: Number(count), ...held(folder) };
}

/** Folders whose files belong to jobs. */
const OF_JOBS = /^(?:jobs|objects\/[0-9a-f]{2})$/;

function held(folder: string): Pick<Usage, "files" | "diskBytes"> {
  let [files, diskBytes] = [0, 0];
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    const path = `${folder}/${name}`;
    files++;
    if (isDirectory) {
      const inside = held(path);
      const isOfJobs = OF_JOBS.test(name) || OF_JOBS.test(`${basename(folder)}/${name}`);
      if (isOfJobs) files--;
      else files += inside.files;
      diskBytes += inside.diskBytes;
      continue;
    }
    try {
      diskBytes += Deno.lstatSync(path).size;
    } catch (error) {
      // It went while it was counted.
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  return { files, diskBytes };
}
