/**
 * Watches a process and its descendants from outside and kills them if together they exceed a limit of memory, processes or disk. The
 * resource limits of the kernel apply to each process, and the limit of the number of processes does not apply to root. With control groups
 * ({@link ./control_groups.ts}) the kernel enforces memory and processes, and the watchdog reports a kill because of memory.
 *
 * A shell reads `/proc` five times a second, and less often if it watches many jobs at once, because each look costs processor time that
 * the jobs need. Without `/proc` (macOS) the watchdog ends at once, and only the limits of the kernel apply.
 *
 * Without control groups, memory that no process maps (a written memfd, a detached System V segment) belongs to no process in `/proc`. So
 * there is a second rule: half of the memory that was free at the start, or 512 MiB if that is less, must stay free.
 *
 * @module
 */
import { SCRIPT } from "./watchdog_script.ts";

/** The limits that a watchdog enforces. */
export interface WatchdogLimits {
  /** Anonymous, shared and swapped memory of the whole tree. Memory that processes share counts once. */
  readonly memoryMb: number;
  /** Processes in the tree, including the watched one. */
  readonly processes: number;
  /** Whether its memory lies in files without a name, of which its processes map only a part, as in gVisor. Default: false. */
  readonly memoryInFiles?: boolean;
  /** The limit of the disk. Default: not watched. */
  readonly disk?: DiskLimit;
}

/** The disk space of a process: the size of its own folder. Also, half of the free space, or 512 MiB if that is less, must stay free. */
interface DiskLimit {
  /** A folder with only the input and the files of the process. */
  readonly folder: string;
  /** The size of the folder, and of deleted files that a process of the tree still has open or mapped. */
  readonly mb: number;
  /** Files and folders in it. Also, half of the free inodes of the disk, or 50,000 if that is less, must stay free. */
  readonly files: number;
}

/** The most MiB in the folder of a run. One file may have at most 2 GiB. */
export const DISK_MB = 4_096;
/** The most files and folders in the folder of a run. */
export const DISK_FILES = 200_000;

/** The limit of a run's folder. */
export function diskOf(folder: string): DiskLimit {
  return { folder, mb: DISK_MB, files: DISK_FILES };
}

/** The exceeded limit. `gone`: the process ended by itself. */
type WatchdogVerdict = "memory" | "processes" | "disk" | "files" | "gone";

/** The number of processes that this worker watches now. */
let watched = 0;
/** Up to this number of watched processes the rate is full; up to twice this number it is half, and so on. */
const FULL_RATE = 4;
const MAX_SHARE = 4;
const PAUSE_S = 0.2;
const DISK_PAUSE_S = 0.5;

/** A report of the shell: KiB of memory, and ticks of processor time. */
const LOOK = /^saw (\d+) (\d+)$/;
/** The unit of processor time in `/proc`. It is the same on every Linux machine. */
const TICKS_PER_S = 100;

const VERDICTS: readonly string[] = ["memory", "processes", "disk", "files"];

/** A running watchdog. */
interface Watchdog {
  /** Resolves when the watchdog has ended. */
  readonly verdict: Promise<WatchdogVerdict>;
  /** The usage that it has seen. The real usage may be higher, because it looks at most five times a second. Null before its first look. */
  usage(): { readonly cpuMs: number | null; readonly memoryBytes: number | null };
  /** Ends it. A second call has no effect. */
  stop(): void;
}

/**
 * Starts to watch the process `pid`, the leader of its group. Needs `run` on `sh`.
 *
 * @param kills The file in which a control group counts processes that were killed for its memory.
 */
export function startWatchdog(
  sh: string,
  path: string,
  pid: number,
  limits: WatchdogLimits,
  kills: string | null = null,
): Watchdog {
  watched++;
  const share = Math.min(Math.ceil(watched / FULL_RATE), MAX_SHARE);
  let stopped = false;
  const child = new Deno.Command(sh, {
    args: [
      "-c",
      SCRIPT,
      "watchdog",
      String(pid),
      String(limits.memoryMb * 1024),
      String(limits.processes),
      limits.disk?.folder ?? "",
      String((limits.disk?.mb ?? 0) * 1024),
      String(limits.disk?.files ?? 0),
      kills ?? "",
      (PAUSE_S * share).toFixed(1),
      (DISK_PAUSE_S * share).toFixed(1),
      limits.memoryInFiles ? "1" : "",
    ],
    clearEnv: true,
    env: { PATH: path },
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  let ticks = 0;
  let peakKb = -1;
  const look = (line: string) => {
    const [, kb, sum] = LOOK.exec(line) ?? [];
    if (kb === undefined) return false;
    peakKb = Math.max(peakKb, Number(kb));
    ticks = Math.max(ticks, Number(sum));
    return true;
  };
  const verdict = (async (): Promise<WatchdogVerdict> => {
    const text = await lastLine(child.stdout, look);
    if (VERDICTS.includes(text)) return text as WatchdogVerdict;
    const status = await child.status;
    // The watchdog fails if the machine can start no more processes.
    return status.code === 0 || status.signal !== null ? "gone" : "processes";
  })();
  return {
    verdict,
    usage: () =>
      peakKb < 0
        ? { cpuMs: null, memoryBytes: null }
        : { cpuMs: ticks * (1_000 / TICKS_PER_S), memoryBytes: peakKb * 1_024 },
    stop: () => {
      if (!stopped) watched--;
      stopped = true;
      try {
        child.kill("SIGKILL");
      } catch { /* It has already ended. */ }
    },
  };
}

/** Reads to the first line that is not a report, and does not wait for the end: the shell's watch of the disk may keep the pipe open. */
async function lastLine(
  stream: ReadableStream<Uint8Array>,
  look: (line: string) => boolean,
): Promise<string> {
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  let said = "";
  while (said === "") {
    const { value, done } = await reader.read();
    if (done) break;
    text += value;
    for (let at = text.indexOf("\n"); at >= 0 && said === ""; at = text.indexOf("\n")) {
      const line = text.slice(0, at).trim();
      text = text.slice(at + 1);
      if (!look(line)) said = line;
    }
  }
  void reader.cancel().catch(() => undefined);
  return said;
}
