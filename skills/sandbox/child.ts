/**
 * Runs one child process with limits: a cleared environment, no inherited descriptor, raw bytes on standard input, limited outputs and a
 * time limit. Its whole process group is killed at the end.
 *
 * Held: at most `keepBytes` of each output (its head or its tail). Further bytes are counted and dropped. Above `outputBytes` the group
 * is killed.
 *
 * @module
 */
import {
  type ClosedGroup,
  closeGroup,
  type ControlGroups,
  type JobGroup,
  limitedGroup,
  planGroup,
} from "./control_groups.ts";
import { type ChildOutput, collect, feed } from "./child_streams.ts";
import { commandOf, isOver, killRest, startChild, type StartSpec } from "./child_start.ts";
import { becomeText, NOT_LAUNCHED, STATUS_END } from "./launch.ts";
import { refuseUnlaunched } from "./launch_error.ts";
import type { LaunchPool, WaitingShell } from "./launch_pool.ts";
import { type SandboxOverhead, withOverhead } from "./overhead.ts";
import type { Pausing } from "../../base/pausing.ts";
import { SIGNALS } from "./signals.ts";
import { stoppedWhile } from "./stopped_tree.ts";
import { startWatchdog, type WatchdogLimits } from "./watchdog.ts";

/** The command to run and its limits. */
export interface ChildSpec extends StartSpec {
  /** The time until the group is killed. */
  readonly timeoutMs: number;
  /** If one output exceeds this many bytes, the group is killed. */
  readonly outputBytes: number;
  /** How many bytes of an output are kept. Default: `outputBytes`. */
  readonly keepBytes?: number;
  /** Which end of an output is kept. Default: `head`. */
  readonly keep?: "head" | "tail";
  /** Limits of all its processes together. With `groups` the kernel enforces them, otherwise the watchdog does. */
  readonly tree?: WatchdogLimits;
  /** The folders in which a control group for the tree can be made. */
  readonly groups?: ControlGroups | null;
  /** What the sandbox itself needs in addition to the limits of `tree`. Default: nothing. */
  readonly overhead?: SandboxOverhead;
  /** Shells that were started in advance. */
  readonly pool?: LaunchPool | null;
  /** The filter that bubblewrap reads from a descriptor ({@link ./launch.ts}), and a folder for its file that the child does not see. */
  readonly filter?: { readonly bytes: Uint8Array; readonly folder: string };
  /** Receives standard output as it arrives, up to `outputBytes`. Must not throw. */
  readonly onOutput?: (bytes: Uint8Array) => void;
  /** Kills the group. */
  readonly signal?: AbortSignal;
  /** Its processes are stopped while the run is paused. The time limit is not. */
  readonly pausing?: Pausing;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
}

/** Why a child ended: by itself (`exit`), or because of a limit. */
export type ChildEnd =
  | "exit"
  | "timeout"
  | "output"
  | "memory"
  | "processes"
  | "disk"
  | "files"
  | "aborted";

/** The result of a child. */
export interface ChildResult {
  /** Why it ended. */
  readonly end: ChildEnd;
  /** 128 + signal if it was killed, as in a shell. */
  readonly exitCode: number;
  /** Standard output. */
  readonly stdout: ChildOutput;
  /** Standard error. */
  readonly stderr: ChildOutput;
  /** The time from start to end. */
  readonly durationMs: number;
  /** The usage of all its processes together. */
  readonly usage: ChildUsage;
}

/** The processor time and memory that a child used. Null if nothing counted them. */
interface ChildUsage {
  /** Processor time in milliseconds. */
  readonly cpuMs: number | null;
  /** The peak memory in bytes. */
  readonly memoryBytes: number | null;
}

/**
 * Runs a child to its end. A missing program gives exit code 127, as in a shell. Throws if the shell cannot be started or the child cannot
 * be prepared ({@link ./launch_error.ts}).
 */
export async function runChild(child: ChildSpec): Promise<ChildResult> {
  const { spec, group: tree } = withOverhead(child);
  const { groups } = spec;
  if (tree === undefined || !groups) return await runIn(null, spec);
  // A waiting shell was started without the variables of `passEnv`, so such a child starts its own shell.
  const pooled = spec.filter !== undefined && (spec.passEnv ?? []).length === 0;
  const waiting = pooled ? spec.pool?.take() ?? null : null;
  try {
    return await runInGroup(spec, groups, tree, waiting);
  } catch (error) {
    if (!(error instanceof NotBegun)) throw error;
    return await runInGroup(spec, groups, tree, null);
  }
}

/** A signal to this process's group has ended a waiting shell before it became the child. Nothing of the child has run. */
class NotBegun extends Error {}

async function runInGroup(
  spec: ChildSpec,
  groups: ControlGroups,
  tree: WatchdogLimits,
  waiting: WaitingShell | null,
): Promise<ChildResult> {
  const group = waiting?.group ? limitedGroup(waiting.group, tree) : planGroup(groups, tree);
  let result: ChildResult;
  let closed: ClosedGroup;
  try {
    result = await runIn(group, spec, waiting);
  } finally {
    closed = await (spec.pool?.closeGroup(group) ?? closeGroup(group, spec));
  }
  const { killed, cpuMs, memoryBytes } = closed;
  result = { ...result, usage: { cpuMs, memoryBytes } };
  if (!killed || result.end !== "exit") return result;
  return { ...result, end: "memory", exitCode: 128 + SIGNALS.SIGKILL };
}

/** The watchdog of a child starts after this many milliseconds. */
const UNWATCHED_MS = 60;

async function runIn(
  group: JobGroup | null,
  spec: ChildSpec,
  waiting: WaitingShell | null = null,
): Promise<ChildResult> {
  const { filter } = spec;
  if (filter === undefined) return await runWith(undefined, group, spec);
  const file = `${filter.folder}/filter-${crypto.getRandomValues(new Uint8Array(8)).toHex()}`;
  Deno.writeFileSync(file, filter.bytes, { createNew: true, mode: 0o600 });
  try {
    return await runWith(file, group, spec, waiting);
  } finally {
    for (const each of [file, `${file}${STATUS_END}`]) {
      await Deno.remove(each).catch(() => undefined);
    }
  }
}

async function runWith(
  filterFile: string | undefined,
  group: JobGroup | null,
  spec: ChildSpec,
  waiting: WaitingShell | null = null,
): Promise<ChildResult> {
  const startedAtMs = spec.clock();
  let end: ChildEnd = "exit";
  const plan = waiting === null || filterFile === undefined ? null : `${filterFile}.plan`;
  const child = waiting?.child ?? startChild(filterFile, group, spec);
  if (plan !== null) {
    const { cwd, env } = spec;
    const command = commandOf(spec, waiting?.keyring);
    const text = becomeText({
      ...{ group: group?.open ?? [], filterFile: filterFile!, cwd, env, command },
      hasInput: spec.stdin !== undefined,
      setup: spec.setup,
    });
    // Synchronous: writing these few KiB takes less time than passing the task to another thread.
    Deno.writeTextFileSync(plan, text, { createNew: true, mode: 0o600 });
  }
  const killed = Promise.withResolvers<void>();
  const kill = (why: ChildEnd) => {
    if (end === "exit") end = why;
    try {
      child.kill("SIGKILL");
    } catch { /* it ended by itself */ }
    killed.resolve();
  };
  const timer = setTimeout(() => kill("timeout"), spec.timeoutMs);
  const onAbort = () => kill("aborted");
  if (spec.signal?.aborted) onAbort();
  spec.signal?.addEventListener("abort", onAbort, { once: true });
  using _stopped = stoppedWhile(spec.pausing, child.pid, spec);
  // Most short jobs end within this time. For them a watchdog would cost more than the job itself.
  let watchdog: ReturnType<typeof startWatchdog> | undefined;
  const watchTimer = setTimeout(() => {
    if (spec.tree === undefined) return;
    watchdog = startWatchdog(spec.sh, spec.path, child.pid, spec.tree, group?.kills);
    watchdog.verdict.then((verdict) => verdict === "gone" ? undefined : kill(verdict));
  }, UNWATCHED_MS);

  const keep = { bytes: spec.keepBytes ?? spec.outputBytes, end: spec.keep ?? "head" };
  const overflow = () => kill("output");
  const stdout = collect(child.stdout, keep, spec.outputBytes, overflow, spec.onOutput);
  const stderr = collect(child.stderr, keep, spec.outputBytes, overflow);
  const line = plan === null ? [] : [new TextEncoder().encode(`${plan}\n`)];
  const input = spec.stdin === undefined ? line : [...line, spec.stdin];
  const fed = input.length === 0 ? undefined : feed(child.stdin, input);
  try {
    const status = await child.status;
    const told = filterFile === undefined ? null : await textOf(`${filterFile}${STATUS_END}`);
    // A descendant may still run and may still have the pipes open. With bubblewrap none does, unless it was killed or had no space left.
    if (end !== "exit" || !isOver(told ?? "")) await killRest(spec, child.pid, told ?? "");
    await fed;
    const [out, err] = await Promise.all([stdout, stderr]);
    if (end === "exit") {
      const { code } = status;
      if (plan !== null && code !== NOT_LAUNCHED && told === null) {
        throw new NotBegun();
      }
      const inRunsc = spec.overhead !== undefined;
      await refuseUnlaunched({ code, filterFile, inRunsc, outputs: [err.bytes, out.bytes] });
    }
    const signalled = status.signal === null ? 0 : SIGNALS[status.signal] ?? 0;
    return {
      end,
      exitCode: signalled > 0 ? 128 + signalled : status.code,
      stdout: out,
      stderr: err,
      durationMs: spec.clock() - startedAtMs,
      usage: watchdog?.usage() ?? { cpuMs: null, memoryBytes: null },
    };
  } finally {
    clearTimeout(timer);
    clearTimeout(watchTimer);
    if (plan !== null) await Deno.remove(plan).catch(() => undefined);
    spec.signal?.removeEventListener("abort", onAbort);
    watchdog?.stop();
  }
}

async function textOf(file: string): Promise<string | null> {
  return await Deno.readTextFile(file).catch(() => null);
}
