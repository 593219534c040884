/**
 * Runs of commands, each in its own session, so that processes that a test left behind end with it.
 *
 * @module
 */

/** How a run ended. `late`: it was killed, because it took too much processor time or hung. */
export interface Run {
  readonly end: "passed" | "failed" | "late";
  /** Of all its processes, as far as they were waited for or still lived at the last look. */
  readonly cpuSeconds: number;
}

const LOOK_EVERY_MS = 1000;
/**
 * In a run that hangs, threads want a processor in at most `busy` of `looks` checks in a row. In a run that only waits
 * on a busy machine, a thread wants one at every check.
 */
const HANGS = { looks: 60, busy: 30 };
/** `getconf CLK_TCK` of every Linux machine. */
const TICKS_PER_SECOND = 100;

const sessions = new Set<number>();

/** Runs `deno` with these arguments for at most `cpuSeconds` of all its processes; the rest of its session is killed at the end. */
export async function runDeno(
  args: readonly string[],
  cwd: string,
  cpuSeconds: number,
  hangs: { readonly looks: number; readonly busy: number } = HANGS,
): Promise<Run> {
  const child = new Deno.Command("setsid", {
    args: ["--wait", Deno.execPath(), ...args],
    cwd,
    stdin: "null",
    stdout: "null",
    stderr: "null",
    env: { NO_COLOR: "1", DENO_JOBS: "1" },
  }).spawn();
  sessions.add(child.pid);
  let used = 0;
  const busy: boolean[] = [];
  let late = false;
  const watch = setInterval(() => {
    used = Math.max(used, usedSeconds(child.pid));
    busy.push(threadsOf(child.pid).some(({ wantsProcessor }) => wantsProcessor));
    const last = busy.slice(-hangs.looks);
    const isHung = last.length === hangs.looks && last.filter(Boolean).length <= hangs.busy;
    late ||= used > cpuSeconds || isHung;
    if (late) killSession(child.pid);
  }, LOOK_EVERY_MS);
  try {
    const { success } = await child.status;
    return { end: late ? "late" : success ? "passed" : "failed", cpuSeconds: used };
  } finally {
    clearInterval(watch);
    killSession(child.pid);
    sessions.delete(child.pid);
  }
}

/** Kills every run: for the end of this process. */
export function killRuns(): void {
  for (const session of sessions) killSession(session);
}

interface Process {
  readonly pid: number;
  readonly session: number;
  readonly seconds: number;
  readonly wantsProcessor: boolean;
}

function killSession(session: number): void {
  for (const { pid } of processesOf(session)) {
    try {
      Deno.kill(pid, "SIGKILL");
    } catch {
      // It has ended.
    }
  }
}

function usedSeconds(session: number): number {
  return processesOf(session).reduce((sum, { seconds }) => sum + seconds, 0);
}

function processesOf(session: number): readonly Process[] {
  return statsOf(session, "/proc/[0-9]*/stat");
}

function threadsOf(session: number): readonly Process[] {
  return statsOf(session, "/proc/[0-9]*/task/[0-9]*/stat");
}

function statsOf(session: number, files: string): readonly Process[] {
  // A program without all permissions may not read /proc itself.
  const { stdout } = new Deno.Command("sh", {
    args: ["-c", `cat ${files}`],
    stderr: "null",
  }).outputSync();
  return new TextDecoder().decode(stdout).split("\n").filter((line) => line !== "")
    .map(readProcess).filter((process) => process.session === session);
}

/** @see proc_pid_stat(5): fields 3 (state: R runs or waits for a processor, D for a disk), 6 (session), 14 to 17 (times, those of ended children included). */
function readProcess(stat: string): Process {
  // The second field is the program's name in brackets, which may hold anything.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  return {
    pid: parseInt(stat),
    session: Number(fields[3]),
    seconds: ticks / TICKS_PER_SECOND,
    wantsProcessor: fields[0] === "R" || fields[0] === "D",
  };
}
