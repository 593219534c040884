/**
 * The size of this machine: processors, memory, and the free disk space of the folder of jobs. A lower memory limit of a control group
 * counts. A shell measures it, so that no worker needs to read `/proc` or `/sys`.
 *
 * @module
 */
import type { Tools } from "./tools.ts";

/** The measured size. Null if the system does not report a value. */
export interface MachineSize {
  readonly cpus: number | null;
  readonly memoryBytes: number | null;
  /** Free space for the user who runs the provider. */
  readonly diskBytes: number | null;
}

// $1 is the folder whose disk is measured. Each line has a name and a value; the value is empty if the system does not report it.
const MEASURE = `
kib=$(sed -n 's/^MemTotal: *\\([0-9]*\\) kB$/\\1/p' /proc/meminfo 2>/dev/null)
echo "memory \${kib:+$((kib * 1024))}"
echo "memory $(sysctl -n hw.memsize 2>/dev/null)"
echo "memory $(cat /sys/fs/cgroup/memory.max 2>/dev/null)"
echo "memory $(cat /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null)"
echo "disk $(df -Pk -- "$1" 2>/dev/null | sed -n '2s/^.* \\([0-9][0-9]*\\)  *[0-9]*% .*$/\\1/p')"
`;

/** Measures the machine. Never throws: a value that cannot be measured is null. */
export async function measureMachine(
  { sh, path }: Pick<Tools, "sh" | "path">,
  folder: string,
): Promise<MachineSize> {
  const cpus = navigator.hardwareConcurrency || null;
  if (sh === null) return { cpus, memoryBytes: null, diskBytes: null };
  let text = "";
  try {
    const { stdout } = await new Deno.Command(sh, {
      args: ["-c", MEASURE, "sh", folder],
      clearEnv: true,
      env: { PATH: path, LC_ALL: "C" },
      stdin: "null",
      stderr: "null",
    }).output();
    text = new TextDecoder().decode(stdout);
  } catch { /* The values stay null. */ }
  const figures = (name: string) =>
    [...text.matchAll(/^(\w+) (\d{1,15})$/gm)].filter((found) => found[1] === name)
      .map((found) => Number(found[2])).filter((figure) => figure > 0);
  const [memory, disk] = [figures("memory"), figures("disk")];
  return {
    cpus,
    memoryBytes: memory.length === 0 ? null : Math.min(...memory),
    diskBytes: disk.length === 0 ? null : disk[0] * 1024,
  };
}
