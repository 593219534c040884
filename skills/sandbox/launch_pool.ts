/**
 * Shells that wait to become a job: each was started ahead, has closed what it inherited, and sits in a control group of its own, since
 * moving a process into one takes the kernel longer than the rest of a start. Nothing foreign has run in any of them, and each becomes one
 * job and is never used again.
 *
 * Held: as many as were asked for. What a killed provider leaves (empty groups) is removed by the next start.
 *
 * @module
 */
import { closeGroup, type ControlGroups, type JobGroup, planGroup } from "./control_groups.ts";
import { waitArgs } from "./launch.ts";

/** A shell that waits. */
export interface WaitingShell {
  readonly child: Deno.ChildProcess;
  /** Where it sits; its limits are not set yet. Null where there are no groups. */
  readonly group: JobGroup | null;
}

/** Gives them out. */
export interface LaunchPool {
  /** One that nobody else gets, or null where none waits; another is started soon. */
  take(): WaitingShell | null;
  /** Ends those that wait. */
  close(): Promise<void>;
}

interface PoolOptions {
  readonly sh: string;
  readonly path: string;
  readonly groups: ControlGroups | null;
  /** How many wait. */
  readonly size: number;
}

/** After a job was started, so that the two are not started beside each other. */
const REFILL_MS = 10;

/** Makes a pool, and starts to fill it. */
export function createLaunchPool({ sh, path, groups, size }: PoolOptions): LaunchPool {
  const waiting: WaitingShell[] = [];
  let closed = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const start = () => {
    const group = groups === null ? null : planGroup(groups, { memoryMb: 0, processes: 0 });
    const child = new Deno.Command(sh, {
      args: waitArgs(path, group?.open ?? []),
      clearEnv: true,
      env: { PATH: path },
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
      detached: true,
    }).spawn();
    const shell = { child, group };
    waiting.push(shell);
    // One that ends while it waits is given to nobody.
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
      // No process can be started now: jobs start by themselves, or say so.
      if (!(error instanceof Error)) throw error;
    }
  };
  fill();
  return {
    take() {
      timer ??= setTimeout(fill, REFILL_MS);
      return waiting.shift() ?? null;
    },
    async close() {
      closed = true;
      clearTimeout(timer);
      await Promise.all(
        waiting.splice(0).map(async ({ child, group }) => {
          await child.stdin.close().catch(() => undefined);
          await Promise.all([child.stdout.cancel(), child.stderr.cancel(), child.status]);
          if (group !== null) await closeGroup(group, { sh, path });
        }),
      );
    },
  };
}
