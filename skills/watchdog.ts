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
}

/** Which limit was exceeded; `gone` when the process ended by itself. */
export type WatchdogVerdict = "memory" | "processes" | "gone";

/** A running watchdog. */
export interface Watchdog {
  /** Resolves when it ended. */
  readonly verdict: Promise<WatchdogVerdict>;
  /** Ends it; safe to call again. */
  stop(): void;
}

// $1 process, $2 KiB, $3 processes. A descendant is found by its parent, so a new session does not hide it; inside a process
// namespace orphans stay below its first process. The pass over all processes is repeated until no more are found.
const SCRIPT = `
root=$1; max_kb=$2; max_n=$3
page_kb=$(( $(getconf PAGESIZE 2>/dev/null || echo 4096) / 1024 ))
stop() { echo "$1"; kill -s KILL -- "-$root" 2>/dev/null; kill -s KILL "$root" 2>/dev/null; exit 3; }
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
    ],
    clearEnv: true,
    env: { PATH: path },
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const verdict = (async (): Promise<WatchdogVerdict> => {
    const text = (await new Response(child.stdout).text()).trim();
    const status = await child.status;
    if (text === "memory" || text === "processes") return text;
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
