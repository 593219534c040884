/**
 * How a child starts: a shell closes every descriptor above 2, makes the control group of the child and joins it, opens the filter that
 * bubblewrap reads from a descriptor, and becomes the child.
 *
 * This process may have inherited open files of the operator (the lock of a script, a file of the home). If they are not closed on exec, a
 * job could use them. Deno closes its own files, but not the inherited ones.
 *
 * dash can close only descriptors of one digit. If higher ones are open, bash does the same work. Without bash the child is not started,
 * and the message names the descriptors.
 *
 * @module
 */

import { OPEN_GROUP } from "./control_groups.ts";

/** What a shell prepares for a child. */
interface LaunchPlan {
  /** A file that is opened as descriptor {@link FILTER_FD}. Beside it, one is made for {@link STATUS_FD}. */
  readonly filterFile?: string;
  /** The control group to make for the child: the arguments of `OPEN_GROUP`. */
  readonly group?: readonly string[];
  /** The `PATH` of the shell itself. The child's `PATH` may be that of a sandbox. */
  readonly path: string;
  /** The variables that the child keeps. Default: all. */
  readonly keepEnv?: readonly string[];
  /** The program and its arguments. */
  readonly command: readonly string[];
}

/** The descriptor on which {@link LaunchPlan.filterFile} is opened. */
export const FILTER_FD = 9;

/**
 * The descriptor on which bubblewrap tells its status, and the end of the name of its file, which lies beside the filter. A job does not have
 * this descriptor.
 */
export const STATUS_FD = 8;
/** See {@link STATUS_FD}. */
export const STATUS_END = ".status";

/** The exit code if the child could not be prepared. Standard error contains the reason. */
export const NOT_LAUNCHED = 125;

/** The start of the message of a shell that could not prepare the child. */
export const LAUNCH_PREFIX = "crosstown cannot start a child: ";

const FAIL = `
fail() { echo "${LAUNCH_PREFIX}$1" >&2; exit ${NOT_LAUNCHED}; }
`;

// $0 is the whole script, $child_path the PATH of the child.
const CLOSE_DESCRIPTORS = `
fds=/proc/self/fd; [ -d $fds ] || fds=/dev/fd
high=
for f in $fds/*; do
  n=\${f##*/}
  case $n in
    0|1|2|*[!0-9]*) ;;
    ?) eval "exec $n>&-" ;;
    *) if [ -h "$f" ] || [ -e "$f" ]; then high="$high $n"; fi ;;
  esac
done
if [ -n "$high" ]; then
  if (PATH=; eval 'exec 10>&-') 2>/dev/null; then
    for n in $high; do eval "exec $n>&-"; done
  elif [ -z "\${BASH_VERSION:-}" ] && bash=$(command -v bash); then
    PATH=$child_path; exec "$bash" -c "$0" "$0" "$@"
  else
    fail "descriptors$high are open and only bash can close them: install bash, or start without them"
  fi
fi
`;

// $0 is this script, $1 the PATH, $2 the variables to keep or empty, $3 the file of the filter or empty, $4 the number of words for the
// control group. These words and the command follow. The list of descriptors also contains the one of the listing itself. It is already
// closed when the loop reaches it.
const LAUNCH = `${OPEN_GROUP}
${FAIL}child_path=$PATH; PATH=$1
${CLOSE_DESCRIPTORS}keep=$2; filter=$3; group=$4; shift 4
if [ -n "$keep" ]; then
  for name in $(tr '\\0' '\\n' </proc/self/environ | sed -n 's/^\\([A-Za-z_][A-Za-z0-9_]*\\)=.*/\\1/p'); do
    case " $keep " in *" $name "*) ;; *) unset "$name" ;; esac
  done
fi
if [ "$group" -gt 0 ]; then
  open_group "$@" 2>/dev/null || fail "the control group $2 cannot be made"
  shift "$group"
fi
if [ -n "$filter" ]; then
  exec ${FILTER_FD}<"$filter" || fail "the filter cannot be read"
  exec ${STATUS_FD}>"$filter${STATUS_END}" || fail "the file of the status cannot be made"
fi
PATH=$child_path
exec "$@"
`;

/** The arguments of a shell that prepares the child and becomes it. */
export function launchArgs(
  { path, keepEnv = [], filterFile, group = [], command }: LaunchPlan,
): string[] {
  return [
    "-c",
    LAUNCH,
    LAUNCH,
    path,
    keepEnv.join(" "),
    filterFile ?? "",
    String(group.length),
    ...group,
    ...command,
  ];
}

// $0 is this script, $1 the PATH. The words for the control group follow, if there is one. Reads one line: the path of a file with the plan
// of the child. If standard input ends without a line, or the provider ends, the shell removes its group.
const WAIT = `${OPEN_GROUP}${FAIL}
child_path=$1; PATH=$1
${CLOSE_DESCRIPTORS}
shift
if [ $# -gt 0 ]; then make_group "$@" 2>/dev/null || fail "the control group $2 cannot be made"; fi
leave() {
  for folder in "$2" \${5:+"$5"} \${6:+"$6"}; do
    { echo "$$" >"\${folder%/*}/cgroup.procs" || echo "$$" >"\${folder%/*}/crosstown/cgroup.procs"; } 2>/dev/null
    rmdir "$folder" 2>/dev/null
  done
}
trap '[ $# -eq 0 ] || leave "$@"; exit 0' TERM
if ! IFS= read -r plan; then [ $# -eq 0 ] || leave "$@"; exit 0; fi
. "$plan"
`;

/** The arguments of a shell that waits in a control group for a file with {@link becomeText}. */
export function waitArgs(path: string, group: readonly string[]): string[] {
  return ["-c", WAIT, WAIT, path, ...group];
}

/** The plan that a waiting shell runs to become a child. */
export function becomeText(child: {
  readonly group: readonly string[];
  readonly filterFile: string;
  readonly cwd: string | undefined;
  readonly env: Readonly<Record<string, string>>;
  readonly hasInput: boolean;
  readonly setup: string | undefined;
  readonly command: readonly string[];
}): string {
  const words = (list: readonly string[]) => list.map(quoted).join(" ");
  return [
    ...(child.group.length === 0 ? [] : [
      `limit_group ${words(child.group)} 2>/dev/null || fail "the control group cannot be limited"`,
    ]),
    ...(child.cwd === undefined
      ? []
      : [`cd -- ${quoted(child.cwd)} || fail "no folder to start in"`]),
    ...(child.hasInput ? [] : ["exec </dev/null"]),
    `exec ${FILTER_FD}<${quoted(child.filterFile)}`,
    `exec ${STATUS_FD}>${quoted(`${child.filterFile}${STATUS_END}`)}`,
    "unset PATH",
    ...Object.entries(child.env).map(([name, value]) => `export ${name}=${quoted(value)}`),
    ...(child.setup === undefined ? [] : [child.setup]),
    `exec ${words(child.command)}`,
    "",
  ].join("\n");
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
