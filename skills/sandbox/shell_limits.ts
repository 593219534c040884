/**
 * Limits of each process of a job that a shell sets before it becomes the command.
 *
 * @module
 */

/** Limits of each process that a shell can set. */
interface ShellLimits {
  readonly memoryMb: number;
  /** Null: not limited, because the kernel would also count processes outside the job. */
  readonly processes: number | null;
}

/** Shell text that sets limits and then runs `"$@"`. */
export function limitedShell(limits: ShellLimits): string {
  return `${limitSettings(limits)}; exec "$@"`;
}

/** Shell text that sets limits. A limit that the shell does not know is ignored, because shells use different options. */
export function limitSettings(limits: ShellLimits): string {
  // JavaScript engines reserve much memory at start and do not start with less than 1 GiB for a process. The watchdog or the control group
  // enforces the requested limit of all processes together.
  const kib = Math.max(limits.memoryMb, 1024) * 1024;
  const lines = ["ulimit -c 0", `ulimit -d ${kib}`, "ulimit -n 1024", "ulimit -f 4194304"];
  const count = limits.processes;
  // The option is -u in bash and busybox, -p in dash.
  if (count !== null) lines.push(`ulimit -u ${count} || ulimit -p ${count}`);
  return `{ ${lines.map((line) => `${line} || :`).join("; ")}; } 2>/dev/null`;
}
