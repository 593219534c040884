/**
 * Starts a child process for which no shell waits, and ends its process group.
 *
 * @module
 */
import type { JobGroup } from "./control_groups.ts";
import { launchArgs } from "./launch.ts";
import { inOwnKeyring } from "./session_keyring.ts";

/** How a child starts: its command, and the shell that becomes it. */
export interface StartSpec {
  /** The program. */
  readonly command: string;
  /** Its arguments. */
  readonly args: readonly string[];
  /** Its working directory. */
  readonly cwd?: string;
  /** The environment. Only `passEnv` is passed on in addition. */
  readonly env: Readonly<Record<string, string>>;
  /**
   * Names of variables of this process that the child gets unchanged. Their values never enter the memory of this process or an argument
   * list: the shell that becomes the child inherits all variables and drops the others.
   */
  readonly passEnv?: readonly string[];
  /** Its whole standard input. Default: empty. */
  readonly stdin?: Uint8Array;
  /** The shell that kills groups and watches process trees. */
  readonly sh: string;
  /** `PATH` of that shell. */
  readonly path: string;
  /** Shell text that the starting shell runs last, for example limits. */
  readonly setup?: string;
  /** The perl that gives the child a session keyring of its own ({@link ./session_keyring.ts}). Default: it has that of this process. */
  readonly keyring?: string | null;
}

/** Starts a child in a shell of its own, which becomes the child. */
export function startChild(
  filterFile: string | undefined,
  group: JobGroup | null,
  spec: StartSpec,
): Deno.ChildProcess {
  const { passEnv = [] } = spec;
  return new Deno.Command(spec.sh, {
    args: launchArgs({
      path: spec.path,
      keepEnv: passEnv.length === 0 ? undefined : ["PATH", ...passEnv, ...Object.keys(spec.env)],
      filterFile,
      group: group?.open,
      command: [
        ...(spec.setup === undefined ? [] : [spec.sh, "-c", `${spec.setup}; exec "$@"`, "sh"]),
        ...commandOf(spec),
      ],
    }),
    cwd: spec.cwd,
    clearEnv: passEnv.length === 0,
    env: { ...spec.env },
    stdin: spec.stdin === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
    detached: true,
  }).spawn();
}

/** The child's words. They join a keyring first, unless the shell that becomes the child has one of its own. */
export function commandOf({ keyring = null, command, args }: StartSpec, hasOwn = false): string[] {
  return [...(keyring === null || hasOwn ? [] : inOwnKeyring(keyring)), command, ...args];
}

/**
 * Kills what is left of a child whose first process has ended. The shell does it, because `Deno.kill` needs the permission to run every
 * program.
 *
 * Bubblewrap's second process, the first one in the sandbox, leaves the group, and only then asks for a signal at the end of its parent. If
 * its parent was killed before, it would run on. So it is killed too, by the number that bubblewrap has written. If another process has got
 * this number meanwhile, it is not killed, because it is not the first one of a namespace.
 *
 * @param status What bubblewrap wrote to its `--json-status-fd`; empty for a child without a sandbox.
 */
export async function killRest(spec: StartSpec, pid: number, status: string): Promise<void> {
  const [, inner] = isOver(status) ? [] : status.match(/"child-pid": *(\d+)/) ?? [];
  await new Deno.Command(spec.sh, {
    args: ["-c", KILL_REST, "sh", String(pid), ...(inner === undefined ? [] : [inner])],
    clearEnv: true,
    env: { PATH: spec.path },
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).output();
}

/** Whether bubblewrap has seen the end of its sandbox: then no process of it is left. `status`: as of {@link killRest}. */
export function isOver(status: string): boolean {
  return status.includes('"exit-code"');
}

// The last number is that of the process in its own namespace.
const KILL_REST = `
kill -s KILL -- "-$1"
[ $# = 2 ] || exit 0
while read -r key numbers; do
  case "$key $numbers" in
    "NSpid: $2"*[[:space:]]1) kill -s KILL "$2" ;;
  esac
done <"/proc/$2/status"
`;
