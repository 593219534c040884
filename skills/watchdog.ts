/**
 * Watches a process and its descendants from outside and kills them when they are too many or too large together. Resource
 * limits of the kernel are per process, and the one on processes does not hold for root; control groups are rarely ours.
 * So a shell reads `/proc` five times a second. Where there is no `/proc` (macOS) it ends at once and only the kernel's
 * limits hold.
 *
 * @module
 */

/** What a watchdog keeps. */
export interface WatchdogLimits {
  /** Of private resident memory, summed over the tree. */
  readonly memoryMb: number;
  /** In the tree, the watched one included. */
  readonly processes: number;
  /** What it may write; unwatched where absent. */
  readonly disk?: DiskLimit;
}

/** What a process may have on the disk: a folder of its own may hold so much, and the disk keeps half of what was free, or 512 MiB. */
export interface DiskLimit {
  /** Holds nothing but what the process and its input put there. */
  readonly folder: string;
  /** Of the folder; deleted files that are still open show on the disk alone. */
  readonly mb: number;
}

/** What a run may have in its folder; a single file may hold 2 GiB. */
export const DISK_MB = 4_096;

/** Which limit was exceeded; `gone` when the process ended by itself. */
export type WatchdogVerdict = "memory" | "processes" | "disk" | "gone";

/** A running watchdog. */
export interface Watchdog {
  /** Resolves when it ended. */
  readonly verdict: Promise<WatchdogVerdict>;
  /** Ends it; safe to call again. */
  stop(): void;
}

// $1 process, $2 KiB, $3 processes, $4 folder or nothing, $5 KiB of it. A descendant is found by its parent, so a new session does not hide it; inside a process
// namespace orphans stay below its first process. The pass over all processes is repeated until no more are found.
const SCRIPT = `
root=$1; max_kb=$2; max_n=$3; folder=$4; max_disk_kb=$5
page_kb=$(( $(getconf PAGESIZE 2>/dev/null || echo 4096) / 1024 ))
stop() { echo "$1"; kill -s KILL -- "-$root" 2>/dev/null; kill -s KILL "$root" 2>/dev/null; exit 3; }
free_kb() { df -Pk "$folder" 2>/dev/null | { read -r _; read -r _ _ _ kb _; echo "\${kb:-}"; }; }
watch_disk() {
  least=$(free_kb); [ -n "$least" ] || return
  least=$((least / 2)); [ $least -gt 524288 ] && least=524288
  while [ -d "/proc/$root" ]; do
    free=$(free_kb); [ -n "$free" ] && [ "$free" -lt $least ] && stop disk
    used=$(du -skx "$folder" 2>/dev/null); used=\${used%%[!0-9]*}
    [ -n "$used" ] && [ "$used" -gt "$max_disk_kb" ] && stop disk
    sleep 0.5 2>/dev/null || sleep 1
  done
}
[ -n "$folder" ] && watch_disk &
while [ -d "/proc/$root" ]; do
  all=""
  for s in /proc/[0-9]*/stat; do
    IFS= read -r line 2>/dev/null <"$s" || continue
    pid=\${line%% *}; rest=\${line##*) }; rest=\${rest#? }
    all="$all $pid:\${rest%% *}"
  done
  tree=" $root "; n=1; again=1
  while [ $again = 1 ]; do
    again=0
    for p in $all; do
      case "$tree" in *" \${p%:*} "*) continue ;; esac
      case "$tree" in *" \${p#*:} "*) tree="$tree\${p%:*} "; n=$((n+1)); again=1 ;; esac
      [ $n -gt "$max_n" ] && stop processes
    done
  done
  kb=0
  for p in $tree; do
    read -r size resident shared rest 2>/dev/null <"/proc/$p/statm" || continue
    kb=$((kb + (resident - shared) * page_kb))
  done
  [ $kb -gt "$max_kb" ] && stop memory
  sleep 0.2 2>/dev/null || sleep 1 || stop processes
done
`;

/** Starts to watch the process `pid`, the leader of its group. Needs `run` on `sh`. */
export function startWatchdog(
  sh: string,
  path: string,
  pid: number,
  limits: WatchdogLimits,
): Watchdog {
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
    ],
    clearEnv: true,
    env: { PATH: path },
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const verdict = (async (): Promise<WatchdogVerdict> => {
    const text = await firstLine(child.stdout);
    if (text === "memory" || text === "processes" || text === "disk") return text;
    const status = await child.status;
    // A watchdog that could not go on means that the machine has no processes left.
    return status.code === 0 || status.signal !== null ? "gone" : "processes";
  })();
  return {
    verdict,
    stop: () => {
      try {
        child.kill("SIGKILL");
      } catch { /* it ended by itself */ }
    },
  };
}

/** What it says; it says at most one thing, and its second watch may hold the pipe a moment longer. */
async function firstLine(stream: ReadableStream<Uint8Array>): Promise<string> {
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  while (!text.includes("\n")) {
    const { value, done } = await reader.read();
    if (done) break;
    text += value;
  }
  void reader.cancel().catch(() => undefined);
  return text.trim();
}
