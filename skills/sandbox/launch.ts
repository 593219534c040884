/**
 * How a child begins: a shell closes every descriptor above 2, makes the child's control group and joins it, opens what bubblewrap reads as a
 * descriptor, and becomes the child.
 *
 * This process may have been started with open files of the operator's (a script's lock, a file of the home); whatever is not
 * closed on exec would be open in a job. Deno closes its own, but not what it inherited.
 *
 * dash knows descriptors of one digit alone. Where higher ones are open, bash does the same work; where there is none, the child
 * is not started and the message names them.
 *
 * @module
 */

import { OPEN_GROUP } from "./control_groups.ts";

/** What is prepared for a child. */
interface LaunchPlan {
  /** A file that is opened as descriptor {@link FILTER_FD}. */
  readonly filterFile?: string;
  /** The control group to make for the child, as `OPEN_GROUP` takes it. */
  readonly group?: readonly string[];
  /** Where the shell finds its own programs: the child's `PATH` may be that of a sandbox. */
  readonly path: string;
  /** The only variables that the child keeps; all where absent. */
  readonly keepEnv?: readonly string[];
  /** The program and its arguments. */
  readonly command: readonly string[];
}

/** Where {@link LaunchPlan.filterFile} is found. */
export const FILTER_FD = 9;

/** The exit code of a child that could not be prepared; its standard error says why. */
export const NOT_LAUNCHED = 125;

/** How a shell that could not prepare the child begins its message. */
export const LAUNCH_PREFIX = "crosstown cannot start a child: ";

const FAIL = `
fail() { echo "${LAUNCH_PREFIX}$1" >&2; exit ${NOT_LAUNCHED}; }
`;

// $0 is the whole text and $child_path a PATH on which bash may be.
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

// $0 this text, $1 the PATH, $2 the variables to keep or nothing, $3 the file of the filter or nothing, $4 how many
// words say which control group, then these and the command.
// The folder's own descriptor is among the names, and closed when a number is looked at.
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

// $0 this text, $1 the PATH, then the group as it is to be made, or nothing. Reads one line: a file that says what to become. Where
// the line never comes, it takes its group away.
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
if ! IFS= read -r plan; then [ $# -eq 0 ] || leave "$@"; exit 0; fi
. "$plan"
`;

/** The arguments of a shell that waits in a control group for {@link becomeText}. */
export function waitArgs(path: string, group: readonly string[]): string[] {
  return ["-c", WAIT, WAIT, path, ...group];
}

/** What a waiting shell reads to become a child. */
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
