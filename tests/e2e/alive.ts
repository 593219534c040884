/** Which processes are alive, and their end. */

/** Processes that have a folder in their arguments or environment (Linux; elsewhere none is found). */
export async function processesOf(folder: string): Promise<number[]> {
  const { stdout } = await new Deno.Command("sh", {
    args: ["-c", 'grep -lsaF -- "$1" /proc/[0-9]*/environ /proc/[0-9]*/cmdline', "sh", folder],
    stdout: "piped",
    stderr: "null",
  }).output();
  const pids = new TextDecoder().decode(stdout).matchAll(/^\/proc\/(\d+)\//gm);
  // The shell and grep themselves name the folder, and are gone by now.
  const found = new Set([...pids].map(([, pid]) => Number(pid)));
  const alive = await Promise.all([...found].map(isAlive));
  return [...found].filter((_, i) => alive[i]);
}

/** Whether a process runs; one that only waits to be reaped does not. */
export async function isAlive(pid: number): Promise<boolean> {
  const { stdout } = await new Deno.Command("sh", {
    args: [
      "-c",
      'kill -0 "$1" 2>/dev/null && ! grep -qs "^State:.Z" "/proc/$1/status" && echo yes',
      "sh",
      `${pid}`,
    ],
    stdout: "piped",
  }).output();
  return stdout.length > 0;
}

/** Ends a process at once. */
export function killQuietly(pid: number): void {
  signal(pid, "SIGKILL");
}

/**
 * Ends a daemon's processes at once. All of them are stopped first. Otherwise one that sees another's end has time to act: a supervisor
 * starts its daemon again, and a daemon without its supervisor withdraws what it offered.
 */
export function killTogether(pids: readonly number[]): void {
  for (const pid of pids) signal(pid, "SIGSTOP");
  for (const pid of pids) killQuietly(pid);
}

function signal(pid: number, name: Deno.Signal): void {
  try {
    Deno.kill(pid, name);
  } catch {
    // Gone already.
  }
}
