/**
 * Control groups of the kernel, if this process may make some. Then the kernel enforces the limits of a job's memory (including shared
 * memory, memfds and page cache) and of its number of processes.
 *
 * In version 1 a group may have subgroups and processes. Version 2 does not allow that, so crosstown uses it only in its own systemd
 * service (`Delegate=yes`) and moves the processes of the service one group down. Elsewhere no groups are used, and the watchdog watches a
 * job.
 *
 * A shell makes and removes the groups, so that no worker needs to write to `/sys`.
 *
 * @module
 */
/** Folders in which a group for a job can be made. */
export interface ControlGroups {
  readonly version: 1 | 2;
  /** The folder that limits memory; in version 2 also processes. */
  readonly memory: string;
  /** The folder that limits processes in version 1. Null if there is none. */
  readonly processes: string | null;
  /** The folder that counts processor time in version 1. Null if there is none. In version 2 `memory` counts it. */
  readonly processor: string | null;
}

/** The group of one job. */
export interface JobGroup {
  /** The arguments of {@link OPEN_GROUP}. */
  readonly open: readonly string[];
  /** The file whose line `oom_kill N` counts the processes that the kernel killed because of memory. */
  readonly kills: string;
  /** The file that counts processor time. Null if nothing counts it. */
  readonly processor: string | null;
  /** The file with the peak memory. */
  readonly peak: string;
  /** The folders that {@link closeGroup} removes. */
  readonly folders: readonly string[];
}

/** The shell and its `PATH`. */
export interface GroupTools {
  readonly sh: string;
  readonly path: string;
}

// $1 is the mount point, $2 the list of the groups of this process. The name of a group contains the id of the process that made it. The
// group is removed if that process has ended, and what still runs in it is killed: a job whose provider was killed while bubblewrap made
// the sandbox, before it asked for a signal at the end of its parent. A group of a running process may be empty, because its job has not
// joined yet. A process that this one cannot see has the number 0.
const FIND = `
end_group() {
  tries=0
  while [ -d "$1" ] && ! rmdir "$1" 2>/dev/null && [ $tries -lt 50 ]; do
    tries=$((tries + 1))
    while read -r left; do [ "$left" = 0 ] || kill -s KILL "$left"; done 2>/dev/null <"$1/cgroup.procs"
    sleep 0.02 2>/dev/null || sleep 1
  done
}
usable() {
  [ -d "$1" ] && [ -w "$1" ] || return 1
  for old in "$1"/crosstown-job-*; do
    pid=\${old##*/crosstown-job-}; pid=\${pid%%-*}
    case $pid in *[!0-9]*|"") continue ;; esac
    [ -d "/proc/$pid" ] || rmdir "$old" 2>/dev/null || end_group "$old"
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

/** Tries whether groups can be made. Returns null if not. Never throws. */
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

/** The plan of an existing group with the limits that it must get. */
export function limitedGroup(group: JobGroup, { memoryMb, processes }: GroupLimits): JobGroup {
  const [version, memory, , , ...others] = group.open;
  return { ...group, open: [version, memory, ...figures(memoryMb, processes), ...others] };
}

// Two processes are added for the sandbox itself.
function figures(memoryMb: number, processes: number): string[] {
  return [String(memoryMb * 1024 * 1024), String(processes + 2)];
}

/** A name for the group of a job, and the arguments with which {@link OPEN_GROUP} makes it. */
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
 * Shell functions. `open_group` makes a group with its limits and moves the shell into it, so the program that replaces the shell is in it
 * too.
 * `make_group` and `limit_group` do this in two steps. Their arguments are {@link JobGroup.open}: the version, the memory group, bytes,
 * processes, and the groups that count processes and processor time (or empty). Swap is limited too, because otherwise a job could use it
 * as more memory.
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

/**
 * Shell text that prints the counts of a group. $1 is the file that counts kills, $2 the file with the peak memory, $3 the file with the
 * processor time (nanoseconds, or a line usage_usec N) or empty.
 */
export const READ_COUNTS = `
while read -r key n; do if [ "$key" = oom_kill ] && [ "$n" -gt 0 ]; then echo memory; fi; done 2>/dev/null <"$1"
{ read -r n <"$2" && echo "peak $n"; } 2>/dev/null
if [ -n "$3" ]; then while read -r key n; do
  case $key in usage_usec) echo "us $n" ;; *[!0-9]*) ;; ?*) echo "ns $key" ;; esac
done 2>/dev/null <"$3"; fi
`;

// The arguments are those of READ_COUNTS and the folders. Processes that still run in a group are killed. A group can be removed when its
// last process has ended.
const CLOSE = `${READ_COUNTS}
shift 3
# Usually all are empty, and one process removes them.
rmdir "$@" 2>/dev/null && exit
for folder in "$@"; do
  tries=0
  while [ -d "$folder" ] && ! rmdir "$folder" 2>/dev/null && [ $tries -lt 100 ]; do
    tries=$((tries + 1))
    while read -r pid; do kill -s KILL "$pid" 2>/dev/null; done <"$folder/cgroup.procs"
    sleep 0.02 2>/dev/null || sleep 1
  done
done
`;

/** The counts of a group that was removed. */
export interface ClosedGroup {
  /** Whether the kernel killed one of its processes because of memory. */
  readonly killed: boolean;
  /** Processor time of all its processes in milliseconds. Null if nothing counted it. */
  readonly cpuMs: number | null;
  /** The peak memory in bytes. Null if the kernel does not report it. */
  readonly memoryBytes: number | null;
}

/** Kills the processes of a group and removes it. Never throws. */
export async function closeGroup(group: JobGroup, tools: GroupTools): Promise<ClosedGroup> {
  const { kills, peak, processor, folders } = group;
  const text = await shell(tools, CLOSE, [kills, peak, processor ?? "", ...folders])
    .catch(() => "");
  return closedOf(text.split("\n"));
}

/** The counts that {@link READ_COUNTS} printed. */
export function closedOf(lines: readonly string[]): ClosedGroup {
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
