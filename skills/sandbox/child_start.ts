/**
 * Starts a child process for which no shell waits, and ends its process group.
 *
 * @module
 */
import type { JobGroup } from "./control_groups.ts";
import { launchArgs } from "./launch.ts";
import { inOwnKeyring } from "./session_keyring.ts";

/** What of a `ChildSpec` is needed here. */
interface StartSpec {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly env: Readonly<Record<string, string>>;
  readonly passEnv?: readonly string[];
  readonly stdin?: Uint8Array;
  readonly sh: string;
  readonly path: string;
  readonly setup?: string;
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

/** The shell kills the group, because `Deno.kill` needs the permission to run every program. */
export async function killGroup(spec: StartSpec, pid: number): Promise<void> {
  await new Deno.Command(spec.sh, {
    args: ["-c", `kill -s KILL -- -${pid}`],
    clearEnv: true,
    env: { PATH: spec.path },
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).output();
}
