/**
 * Stops all processes of a tree, and lets them go on. A shell sends the signals, because `Deno.kill` needs the permission to run every
 * program. A descendant is found by the id of its parent, so a new session does not hide it. The pass is repeated until it finds no process
 * that still runs: a stopped one starts no others.
 *
 * Without `/proc` (macOS) only the process group is stopped.
 *
 * @module
 */
import type { Pausing } from "../../base/pausing.ts";

/** The shell that sends signals, and its `PATH`. */
interface SignalShell {
  readonly sh: string;
  readonly path: string;
}

// $1 is the process, $2 the signal.
const SCRIPT = `
root=$1; signal=$2; told=" "; again=1; passes=0
kill -s "$signal" -- "-$root" 2>/dev/null
while [ $again = 1 ] && [ $passes -lt 50 ]; do
  again=0; passes=$((passes + 1)); all=""; tree=" $root "; more=1
  for s in /proc/[0-9]*/stat; do
    IFS= read -r line 2>/dev/null <"$s" || continue
    pid=\${line%% *}; rest=\${line##*) }; rest=\${rest#? }
    all="$all $pid:\${rest%% *}"
  done
  while [ $more = 1 ]; do
    more=0
    for p in $all; do
      case "$tree" in *" \${p%:*} "*) continue ;; esac
      case "$tree" in *" \${p#*:} "*) tree="$tree\${p%:*} "; more=1 ;; esac
    done
  done
  for p in $tree; do
    case "$told" in *" $p "*) continue ;; esac
    told="$told$p "; again=1
    kill -s "$signal" "$p" 2>/dev/null
  done
done
exit 0
`;

/** Keeps the tree of a process stopped while its run is paused. Dispose it when the process has ended. */
export function stoppedWhile(
  pausing: Pausing | undefined,
  pid: number,
  { sh, path }: SignalShell,
): Disposable {
  let working: Promise<unknown> = Promise.resolve();
  let isEnded = false;
  let isStopped = false;
  const follow = () => {
    working = working.then(async () => {
      if (isEnded || pausing === undefined || pausing.isPaused === isStopped) return;
      isStopped = pausing.isPaused;
      await new Deno.Command(sh, {
        args: ["-c", SCRIPT, "sh", String(pid), isStopped ? "STOP" : "CONT"],
        clearEnv: true,
        env: { PATH: path },
        stdin: "null",
        stdout: "null",
        stderr: "null",
      }).output();
    }).catch(() => undefined);
  };
  const leave = pausing?.onChange(follow);
  follow();
  return {
    [Symbol.dispose]() {
      isEnded = true;
      leave?.();
    },
  };
}
