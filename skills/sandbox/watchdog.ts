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

// $1 is the process, $2 its limit of memory in KiB, $3 of processes, $4 its folder or empty, $5 the folder's limit in KiB, $6 of files, $7
// the file with the group's count of kills or empty, $8 and $9 the seconds between two looks at processes and at the disk, then whether
// files without a name hold the memory (and not what processes map). A descendant is found through its parent, so a new session does not
// hide it. In a process namespace, the first process becomes the parent of orphans. The kernel lists the children of each thread. A pass over
// all processes of the machine, repeated until it finds no more, takes much more processor time: 35 ms instead of 3 beside 200 others.
// Resident memory counts a shared page once for each process. So if it is above the limit, the memory is counted again with shared pages
// divided (smaps_rollup), which costs more time.
const SCRIPT = `
root=$1; max_kb=$2; max_n=$3; folder=$4; max_disk_kb=$5; max_files=$6; kills=$7; pause=$8; disk_pause=$9
shift 9; in_files=$1
# One that has ended may wait to be reaped for ever, where its parent was killed and the first process of a container reaps nobody.
runs() { IFS= read -r line 2>/dev/null <"/proc/$root/stat" || return 1; case \${line##*) } in [ZX]*) return 1 ;; esac; }
stop() { echo "$1"; kill -s KILL -- "-$root" 2>/dev/null; kill -s KILL "$root" 2>/dev/null; exit 3; }
available_kb() { while read -r key kb _; do [ "$key" = MemAvailable: ] && echo "$kb" && break; done </proc/meminfo; }
free_of() { df $1 "$folder" 2>/dev/null | { read -r _; read -r _ _ _ n _; case "$n" in *[!0-9]*) ;; *) echo "$n" ;; esac; }; }
at_most() { if [ "$1" -gt "$2" ]; then echo "$2"; else echo "$1"; fi; }
count_files() { find "$folder" -xdev 2>/dev/null | wc -l; }
du --inodes -sx /dev/null >/dev/null 2>&1 && count_files() { du --inodes -sx "$folder" 2>/dev/null; }
# Device and inode, KiB and name of each deleted file that the tree holds; one that several processes hold comes once.
deleted() {
  for p in $tree; do
    # gVisor keeps what it maps open.
    maps=/proc/$p/map_files; [ -n "$in_files" ] && maps=
    find -L "/proc/$p/fd" $maps -maxdepth 1 -type f -links 0 -printf '%D:%i %k %p\\n'
  done 2>/dev/null | sort -u -k1,1
}
# What lies in memory (tmpfs, memfd) counts as memory. It is told apart only where the sum of all is too much: that costs a process each.
deleted_kb() { deleted | { kb=0; while read -r _ n _; do kb=$((kb + n)); done; echo "$kb"; }; }
deleted_in() {
  deleted | {
    kb=0
    while read -r _ n file; do
      case $(stat -L -f -c %T "$file" 2>/dev/null) in tmpfs|hugetlbfs|ramfs|"") at=memory ;; *) at=disk ;; esac
      [ $at = "$1" ] && kb=$((kb + n))
    done
    echo "$kb"
  }
}
find_tree() {
  tree=" $root "; n=1; found=$root
  while [ -n "$found" ]; do
    parents=$found; found=""
    for p in $parents; do
      for s in /proc/$p/task/*/children; do
        line=""; IFS= read -r line 2>/dev/null <"$s"
        for child in $line; do add "$child"; done
      done
    done
  done
}
add() {
  case "$tree" in *" $1 "*) return ;; esac
  tree="$tree$1 "; found="$found $1"; n=$((n+1))
  [ $n -gt "$max_n" ] && stop processes
}
[ -r "/proc/$$/task/$$/children" ] || find_tree() { # The kernel was built without such lists.
  all=""; n=1; found=1; tree=" $root "
  for s in /proc/[0-9]*/stat; do
    IFS= read -r line 2>/dev/null <"$s" || continue
    pid=\${line%% *}; rest=\${line##*) }; rest=\${rest#? }
    all="$all $pid:\${rest%% *}"
  done
  while [ -n "$found" ]; do
    found=""
    for p in $all; do
      case "$tree" in *" \${p#*:} "*) add "\${p%:*}" ;; esac
    done
  done
}
watch_disk() {
  least=$(free_of -Pk); [ -n "$least" ] || return
  least=$(at_most $((least / 2)) 524288)
  least_inodes=$(free_of -Pi); least_inodes=$(at_most $((\${least_inodes:-0} / 2)) 50000)
  while runs; do
    free=$(free_of -Pk); [ -n "$free" ] && [ "$free" -lt "$least" ] && stop disk
    free=$(free_of -Pi); [ "\${free:-0}" -gt 0 ] && [ "$free" -lt "$least_inodes" ] && stop files
    used=$(du -skx "$folder" 2>/dev/null); used=\${used%%[!0-9]*}
    [ "\${used:-0}" -gt "$max_disk_kb" ] && stop disk
    find_tree
    if [ $((\${used:-0} + $(deleted_kb))) -gt "$max_disk_kb" ]; then
      [ $((\${used:-0} + $(deleted_in disk))) -gt "$max_disk_kb" ] && stop disk
    fi
    files=$(count_files); files=\${files%%[!0-9]*}
    [ -n "$files" ] && [ "$files" -gt "$max_files" ] && stop files
    sleep "$disk_pause" 2>/dev/null || sleep 1
  done
}
resident_kb() {
  kb=0
  for p in $tree; do
    while read -r key value _; do
      case $key in
        RssAnon:) kb=$((kb + value)) ;;
        RssShmem:) [ -n "$in_files" ] || kb=$((kb + value)) ;;
        VmSwap:) kb=$((kb + value)); break ;;
      esac
    done 2>/dev/null <"/proc/$p/status"
  done
  [ -z "$in_files" ] || kb=$((kb + $(deleted_in memory)))
}
# Ticks of what lives and of what its parents have waited for.
ticks() {
  sum=0
  for p in $tree; do
    IFS= read -r line 2>/dev/null <"/proc/$p/stat" || continue
    set -- \${line##*) }
    sum=$((sum + \${12} + \${13} + \${14} + \${15}))
  done
}
shared_out_kb() {
  kb=0
  for p in $tree; do
    while read -r key value _; do
      case $key in Pss_Anon:|Pss_Shmem:|SwapPss:) kb=$((kb + value)) ;; esac
    done 2>/dev/null <"/proc/$p/smaps_rollup" || return 1
  done
}
[ -n "$folder" ] && watch_disk &
available=$(available_kb); least_kb=$(at_most $((\${available:-0} / 2)) 524288)
while runs; do
  find_tree
  if [ -n "$kills" ]; then
    while read -r key value; do [ "$key" = oom_kill ] && [ "$value" -gt 0 ] && stop memory; done 2>/dev/null <"$kills"
  else
    resident_kb; resident=$kb
    ticks; echo "saw $resident $sum"
    if [ "$resident" -gt "$max_kb" ]; then
      [ -n "$in_files" ] || shared_out_kb || kb=$resident
      [ "$kb" -gt "$max_kb" ] && stop memory
    fi
    available=$(available_kb); [ "\${available:-$least_kb}" -lt "$least_kb" ] && stop memory
  fi
  sleep "$pause" 2>/dev/null || sleep 1 || stop processes
done
`;

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
