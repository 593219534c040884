/**
 * The kernel's control groups, where this process may make some: a job's memory (shared memory, memfds and page cache included) and
 * number of processes are then limits that the kernel holds.
 *
 * Version 1 takes a group beside the processes of its parent. Version 2 does not, so only a systemd service that is this program's
 * own (`Delegate=yes`) is used: its processes move one group down. Elsewhere there is none, and the watchdog looks after a job.
 *
 * A shell makes and removes the groups, so that no worker needs to write to `/sys`.
 *
 * @module
 */
/** Folders in which a group for a job can be made. */
export interface ControlGroups {
  readonly version: 1 | 2;
  /** Where memory is limited; with version 2 also processes. */
  readonly memory: string;
  /** Where processes are limited, with version 1; null where they cannot be. */
  readonly processes: string | null;
  /** Where processor time is counted, with version 1; null where it cannot be. With version 2 `memory` counts it. */
  readonly processor: string | null;
}

/** The group of one job. */
export interface JobGroup {
  /** What {@link OPEN_GROUP} needs. */
  readonly open: readonly string[];
  /** Counts what the kernel killed for memory, in a line `oom_kill N`. */
  readonly kills: string;
  /** Counts processor time; null where nothing does. */
  readonly processor: string | null;
  /** Has the most memory that was taken at once. */
  readonly peak: string;
  /** What {@link closeGroup} removes. */
  readonly folders: readonly string[];
}

/** How the shell is run. */
interface GroupTools {
  readonly sh: string;
  readonly path: string;
}

// $1 the mount point, $2 the list of this process's groups. A group names the process that made it, and is removed when that has ended:
// one of a process that lives may be empty because its job has not joined yet.
const FIND = `
usable() {
  [ -d "$1" ] && [ -w "$1" ] || return 1
  for old in "$1"/crosstown-job-*; do
    pid=\${old##*/crosstown-job-}; pid=\${pid%%-*}
    case $pid in *[!0-9]*|"") continue ;; esac
    [ -d "/proc/$pid" ] || rmdir "$old" 2>/dev/null
  done
  try="$1/crosstown-job-$$-try"
  mkdir "$try" 2>/dev/null || return 1
  [ -w "$try/$2" ] && (echo "$3" >"$try/$2") 2>/dev/null; failed=$?
  rmdir "$try" 2>/dev/null
  return $failed
}
one_down() {
  case $1 in *.service) ;; *) return 1 ;; esac
  [ -w "$1/cgroup.subtree_control" ] || return 1
  case " $(cat "$1/cgroup.controllers") " in *" memory "*) ;; *) return 1 ;; esac
  mkdir -p "$1/crosstown" || return 1
  while read -r pid; do echo "$pid" >"$1/crosstown/cgroup.procs"; done <"$1/cgroup.procs"
  echo +memory >"$1/cgroup.subtree_control" && echo +pids >"$1/cgroup.subtree_control"
}
while IFS=: read -r _ names path; do
  case ,$names, in
    ,,) two=$path ;;
    *,memory,*) memory=$path ;;
    *,pids,*) pids=$path ;;
    *,cpuacct,*) cpu=$path ;;
  esac
done <"$2"
if [ -n "\${memory+x}" ] && usable "$1/memory\${memory%/}" memory.limit_in_bytes 1073741824; then
  echo "1 $1/memory\${memory%/}"
  if [ -n "\${pids+x}" ] && usable "$1/pids\${pids%/}" pids.max 1000; then echo "pids $1/pids\${pids%/}"; fi
  if [ -n "\${cpu+x}" ] && usable "$1/cpuacct\${cpu%/}" cpuacct.usage 0; then echo "cpu $1/cpuacct\${cpu%/}"; fi
elif [ -n "\${two+x}" ]; then
  at="$1\${two%/}"; at=\${at%/crosstown}
  if usable "$at" memory.max 1073741824 || { one_down "$at" && usable "$at" memory.max 1073741824; } 2>/dev/null; then echo "2 $at"; fi
fi
`;

/** Finds out by trying whether groups can be made. Never throws. */
export async function findControlGroups(
  tools: GroupTools,
  places: { readonly mount: string; readonly self: string } = {
    mount: "/sys/fs/cgroup",
    self: "/proc/self/cgroup",
  },
): Promise<ControlGroups | null> {
  try {
    const text = await shell(tools, FIND, [places.mount, places.self]);
    const [first, ...others] = text.trim().split("\n");
    if (!/^[12] \//.test(first)) return null;
    const version = first.startsWith("1") ? 1 : 2;
    const other = (name: string) =>
      others.find((each) => each.startsWith(`${name} `))?.slice(name.length + 1) ?? null;
    return { version, memory: first.slice(2), processes: other("pids"), processor: other("cpu") };
  } catch {
    return null;
  }
}

interface GroupLimits {
  readonly memoryMb: number;
  readonly processes: number;
}

/** A group that was made already, with the limits that it is to get. */
export function limitedGroup(group: JobGroup, { memoryMb, processes }: GroupLimits): JobGroup {
  const [version, memory, , , ...others] = group.open;
  return { ...group, open: [version, memory, ...figures(memoryMb, processes), ...others] };
}

// The sandbox's own two processes are not the job's.
function figures(memoryMb: number, processes: number): string[] {
  return [String(memoryMb * 1024 * 1024), String(processes + 2)];
}

/** How a job's group is called, and what {@link OPEN_GROUP} needs to make it. */
export function planGroup(
  groups: ControlGroups,
  limits: GroupLimits,
): JobGroup {
  const name = `crosstown-job-${Deno.pid}-${crypto.getRandomValues(new Uint8Array(8)).toHex()}`;
  const memory = `${groups.memory}/${name}`;
  const processes = groups.processes === null ? null : `${groups.processes}/${name}`;
  const processor = groups.processor === null ? null : `${groups.processor}/${name}`;
  const isFirst = groups.version === 1;
  return {
    open: [
      ...[String(groups.version), memory, ...figures(limits.memoryMb, limits.processes)],
      ...[processes ?? "", processor ?? ""],
    ],
    kills: `${memory}/${isFirst ? "memory.oom_control" : "memory.events"}`,
    peak: `${memory}/${isFirst ? "memory.max_usage_in_bytes" : "memory.peak"}`,
    processor: isFirst ? processor && `${processor}/cpuacct.usage` : `${memory}/cpu.stat`,
    folders: [memory, processes, processor].filter((each) => each !== null),
  };
}

/**
 * Shell functions: `open_group` makes a group with its limits and moves the shell into it, so that whatever the shell becomes is in it;
 * `make_group` and `limit_group` do it in two steps. They take {@link JobGroup.open}: the version, the memory group, bytes, processes, and the groups that count processes and time, or nothing.
 * Without swap, or swap would be more memory.
 */
export const OPEN_GROUP = `
open_group() { make_group "$@" && limit_group "$@"; }
make_group() {
  mkdir "$2" \${5:+"$5"} \${6:+"$6"} || return 1
  for folder in "$2" \${5:+"$5"} \${6:+"$6"}; do
    echo "$$" >"$folder/cgroup.procs" || return 1
  done
}
limit_group() {
  if [ "$1" = 1 ]; then
    echo "$3" >"$2/memory.limit_in_bytes" || return 1
    if [ -w "$2/memory.memsw.limit_in_bytes" ]; then
      echo "$3" >"$2/memory.memsw.limit_in_bytes" || return 1
    fi
    if [ -n "$5" ]; then echo "$4" >"$5/pids.max" || return 1; fi
  else
    echo "$3" >"$2/memory.max" || return 1
    if [ -w "$2/memory.swap.max" ]; then echo 0 >"$2/memory.swap.max" || return 1; fi
    echo 1 >"$2/memory.oom.group" || return 1
    if [ -w "$2/pids.max" ]; then echo "$4" >"$2/pids.max" || return 1; fi
  fi
}
`;

// $1 the count of kills, $2 the most memory, $3 the processor's time (nanoseconds, or a line usage_usec N) or nothing, then the folders. What still runs in a group is killed; a group goes when its last process has gone.
const CLOSE = `
while read -r key n; do if [ "$key" = oom_kill ] && [ "$n" -gt 0 ]; then echo memory; fi; done 2>/dev/null <"$1"
{ read -r n <"$2" && echo "peak $n"; } 2>/dev/null
if [ -n "$3" ]; then while read -r key n; do
  case $key in usage_usec) echo "us $n" ;; *[!0-9]*) ;; ?*) echo "ns $key" ;; esac
done 2>/dev/null <"$3"; fi
shift 3
for folder in "$@"; do
  tries=0
  while [ -d "$folder" ] && ! rmdir "$folder" 2>/dev/null && [ $tries -lt 100 ]; do
    tries=$((tries + 1))
    while read -r pid; do kill -s KILL "$pid" 2>/dev/null; done <"$folder/cgroup.procs"
    sleep 0.02 2>/dev/null || sleep 1
  done
done
`;

/** What became of a group. */
export interface ClosedGroup {
  /** Whether the kernel killed one of its processes for memory. */
  readonly killed: boolean;
  /** Processor time of all its processes, milliseconds; null where nothing counted it. */
  readonly cpuMs: number | null;
  /** The most memory at once, bytes; null where the kernel does not tell. */
  readonly memoryBytes: number | null;
}

/** Ends what runs in the group and removes it. Never throws. */
export async function closeGroup(group: JobGroup, tools: GroupTools): Promise<ClosedGroup> {
  const { kills, peak, processor, folders } = group;
  const text = await shell(tools, CLOSE, [kills, peak, processor ?? "", ...folders])
    .catch(() => "");
  const lines = text.split("\n");
  const figure = (name: string) => {
    const line = lines.find((each) => each.startsWith(`${name} `));
    const value = line === undefined ? NaN : Number(line.slice(name.length + 1));
    return Number.isSafeInteger(value) ? value : null;
  };
  const [ns, us] = [figure("ns"), figure("us")];
  return {
    killed: lines.includes("memory"),
    cpuMs: ns !== null ? Math.round(ns / 1e6) : us === null ? null : Math.round(us / 1e3),
    memoryBytes: figure("peak"),
  };
}

async function shell(tools: GroupTools, script: string, args: readonly string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(tools.sh, {
    args: ["-c", script, "sh", ...args],
    clearEnv: true,
    env: { PATH: tools.path },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr).trim());
  return new TextDecoder().decode(stdout);
}
