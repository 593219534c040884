/**
 * Shells that wait to become a job. Each was started in advance. It has its own session keyring, has closed its inherited descriptors and has
 * joined its own control group, because the kernel needs longer to move a process into a group than for the rest of a start. No untrusted
 * code has run in such a shell. Each becomes one job and is not used again.
 *
 * Held: `size` shells, and one that removes the groups of ended jobs. A killed provider or worker leaves empty groups. The next start of a
 * provider removes them, and those of a worker are also removed by the next pool, a minute later at the earliest.
 *
 * @module
 */
import {
  type ClosedGroup,
  type ControlGroups,
  type JobGroup,
  planGroup,
} from "./control_groups.ts";
import { createGroupCloser } from "./group_closer.ts";
import { waitArgs } from "./launch.ts";
import { inOwnKeyring } from "./session_keyring.ts";
import { SIGNALS } from "./signals.ts";

/** A waiting shell. */
export interface WaitingShell {
  readonly child: Deno.ChildProcess;
  /** Its group, which has no limits yet. Null if there are no groups. */
  readonly group: JobGroup | null;
  /** Whether it is in a session keyring of its own. */
  readonly keyring: boolean;
}

/** The waiting shells. */
export interface LaunchPool {
  /** Removes a shell from the pool and returns it; null if none waits. A new one is started soon. */
  take(): WaitingShell | null;
  /** See `closeGroup()`. */
  closeGroup(group: JobGroup): Promise<ClosedGroup>;
  /** Ends the waiting shells, and the one that removes groups. */
  close(): Promise<void>;
}

interface PoolOptions {
  readonly sh: string;
  readonly path: string;
  readonly groups: ControlGroups | null;
  /** The perl that gives each shell a session keyring of its own. Null: they have that of this process. */
  readonly keyring?: string | null;
  /** The number of waiting shells. */
  readonly size: number;
}

/** The wait before the pool is filled again, so that a new shell and the job do not start at the same time. */
const REFILL_MS = 10;

/** Ctrl-C in a terminal goes to this process's group, which the shell leaves in the next step. Perl ends the trap there. */
const UNDISTURBED = `trap '' HUP INT QUIT; exec "$@"`;

/** Makes a pool and starts its shells. */
export function createLaunchPool(
  { sh, path, groups, keyring = null, size }: PoolOptions,
): LaunchPool {
  const waiting: WaitingShell[] = [];
  const closer = createGroupCloser({ sh, path }, groups);
  let closed = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const start = () => {
    const group = groups === null ? null : planGroup(groups, { memoryMb: 0, processes: 0 });
    const wait = waitArgs(path, group?.open ?? []);
    // The worker may start only the shell, so the shell becomes perl, and perl becomes the shell that waits.
    const args = keyring === null
      ? wait
      : ["-c", UNDISTURBED, "sh", ...inOwnKeyring(keyring, SIGNALS.SIGTERM), sh, ...wait];
    const child = new Deno.Command(sh, {
      args,
      clearEnv: true,
      env: { PATH: path },
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
      // Perl makes the session. For a detached program Deno forks, which copies this process's page tables: 4 to 5 ms with 150 MB.
      detached: keyring === null,
    }).spawn();
    const shell = { child, group, keyring: keyring !== null };
    waiting.push(shell);
    // A shell that ends while it waits is removed from the pool.
    child.status.then(() => {
      const at = waiting.indexOf(shell);
      if (at >= 0) waiting.splice(at, 1);
    });
  };
  const fill = () => {
    timer = undefined;
    if (closed) return;
    try {
      while (waiting.length < size) start();
    } catch (error) {
      // The pool stays empty if no process can be started now. A job then starts its own shell, or reports the error.
      if (!(error instanceof Error)) throw error;
    }
  };
  fill();
  return {
    take() {
      timer ??= setTimeout(fill, REFILL_MS);
      return waiting.shift() ?? null;
    },
    closeGroup: closer.close,
    async close() {
      closed = true;
      clearTimeout(timer);
      await Promise.all(
        waiting.splice(0).map(async ({ child, group }) => {
          await child.stdin.close().catch(() => undefined);
          await Promise.all([child.stdout.cancel(), child.stderr.cancel(), child.status]);
          if (group !== null) await closer.close(group);
        }),
      );
      await closer.end();
    },
  };
}
