/**
 * Runs one child process within bounds: cleared environment, no inherited descriptor, raw bytes on standard input, bounded
 * outputs, a time limit, and the end of its whole process group whatever happens.
 *
 * Held: at most `keepBytes` of each output (its tail, or its head). Read beyond that is counted and dropped; above
 * `outputBytes` the group is killed.
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
import { becomeText, LAUNCH_PREFIX, launchArgs, NOT_LAUNCHED } from "./launch.ts";
import type { LaunchPool, WaitingShell } from "./launch_pool.ts";
import { startWatchdog, type WatchdogLimits } from "./watchdog.ts";

/** What to run and within which bounds. */
export interface ChildSpec {
  /** The program. */
  readonly command: string;
  /** Its arguments. */
  readonly args: readonly string[];
  /** Where it starts. */
  readonly cwd?: string;
  /** The environment; nothing else is passed on but `passEnv`. */
  readonly env: Readonly<Record<string, string>>;
  /**
   * Names of variables that are passed on as this process was started with them. Their values never come into this process's
   * memory or an argument list: the shell that becomes the child inherits all and drops the rest.
   */
  readonly passEnv?: readonly string[];
  /** Its standard input, then the end; nothing where absent. */
  readonly stdin?: Uint8Array;
  /** Until the group is killed. */
  readonly timeoutMs: number;
  /** Above this many bytes of either output the group is killed. */
  readonly outputBytes: number;
  /** How much of an output is kept; default `outputBytes`. */
  readonly keepBytes?: number;
  /** Which end is kept; default `head`. */
  readonly keep?: "head" | "tail";
  /** The shell with which groups are killed and trees are watched. */
  readonly sh: string;
  /** `PATH` of that shell. */
  readonly path: string;
  /** Limits of all its processes together: the kernel's where `groups` are given, else watched from outside in `/proc`. */
  readonly tree?: WatchdogLimits;
  /** Where a control group for the tree can be made. */
  readonly groups?: ControlGroups | null;
  /** Shells that were started ahead. */
  readonly pool?: LaunchPool | null;
  /** Shell text that the starting shell runs last, e.g. limits. */
  readonly setup?: string;
  /** What bubblewrap reads as a descriptor ({@link ./launch.ts}), and a folder that the child does not see, for its file. */
  readonly filter?: { readonly bytes: Uint8Array; readonly folder: string };
  /** Sees standard output as it comes, up to `outputBytes`. Must not throw. */
  readonly onOutput?: (bytes: Uint8Array) => void;
  /** Kills the group. */
  readonly signal?: AbortSignal;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
}

/** Why a child ended: by itself, or by which bound. */
export type ChildEnd =
  | "exit"
  | "timeout"
  | "output"
  | "memory"
  | "processes"
  | "disk"
  | "files"
  | "aborted";

/** What became of a child. */
export interface ChildResult {
  /** By itself, or by which bound. */
  readonly end: ChildEnd;
  /** 128 + signal when it was killed, as a shell says it. */
  readonly exitCode: number;
  /** Standard output. */
  readonly stdout: ChildOutput;
  /** Standard error. */
  readonly stderr: ChildOutput;
  /** From start to end. */
  readonly durationMs: number;
  /** What all its processes took together. */
  readonly usage: ChildUsage;
}

/** What a child took of the machine; null where nothing counted it. */
interface ChildUsage {
  /** Processor time, milliseconds. */
  readonly cpuMs: number | null;
  /** The most memory at once, bytes. */
  readonly memoryBytes: number | null;
}

/**
 * Runs a child to its end. A program that is not there is exit 127, as a shell says it. Throws when the shell cannot be started,
 * or when the child cannot be prepared ({@link LaunchError}).
 */
export async function runChild(spec: ChildSpec): Promise<ChildResult> {
  const { tree, groups } = spec;
  if (tree === undefined || !groups) return await runIn(null, spec);
  // Variables of this process are passed on by a shell that it starts itself.
  const pooled = spec.filter !== undefined && (spec.passEnv ?? []).length === 0;
  const waiting = pooled ? spec.pool?.take() ?? null : null;
  const group = waiting?.group ? limitedGroup(waiting.group, tree) : planGroup(groups, tree);
  let result: ChildResult;
  let closed: ClosedGroup;
  try {
    result = await runIn(group, spec, waiting);
  } finally {
    closed = await closeGroup(group, spec);
  }
  const { killed, cpuMs, memoryBytes } = closed;
  result = { ...result, usage: { cpuMs, memoryBytes } };
  if (!killed || result.end !== "exit") return result;
  return { ...result, end: "memory", exitCode: 128 + SIGNALS.SIGKILL };
}

/** How long a child goes on before anybody looks what it takes, milliseconds. */
const UNWATCHED_MS = 60;

/** A child that was not started, since it could not be prepared. */
export class LaunchError extends Error {
  /** Always `LaunchError`. */
  override readonly name = "LaunchError";
}

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
    await Deno.remove(file).catch(() => undefined);
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
  const child = waiting?.child ?? start(filterFile, group, spec);
  if (plan !== null) {
    const command = [spec.command, ...spec.args];
    const { cwd, env } = spec;
    const text = becomeText({
      ...{ group: group?.open ?? [], filterFile: filterFile!, cwd, env, command },
      hasInput: spec.stdin !== undefined,
      setup: spec.setup,
    });
    // These few KiB are written sooner than another thread is asked to.
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
  // Most short jobs are over before it would have looked twice, and it costs more than they do.
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
    // A descendant may live on, with the pipes in its hands or without.
    // Of bubblewrap none does: its processes end with it.
    if (spec.filter === undefined || end !== "exit") await killGroup(spec, child.pid);
    await fed;
    const [out, err] = await Promise.all([stdout, stderr]);
    if (status.code === NOT_LAUNCHED) refuseUnprepared(err.bytes);
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

function start(
  filterFile: string | undefined,
  group: JobGroup | null,
  spec: ChildSpec,
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
        ...[spec.command, ...spec.args],
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

/** Throws where the launching shell said why it did not start the child; a child may exit with its code too. */
function refuseUnprepared(stderr: Uint8Array): void {
  const text = new TextDecoder().decode(stderr);
  if (text.startsWith(LAUNCH_PREFIX)) {
    throw new LaunchError(text.slice(LAUNCH_PREFIX.length).trim().split("\n")[0]);
  }
}

const SIGNALS: Readonly<Record<string, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGILL: 4,
  SIGABRT: 6,
  SIGFPE: 8,
  SIGKILL: 9,
  SIGSEGV: 11,
  SIGPIPE: 13,
  SIGTERM: 15,
  SIGXCPU: 24,
  SIGXFSZ: 25,
};

/** `Deno.kill` needs permission to run anything at all, so the shell does it. */
async function killGroup(spec: ChildSpec, pid: number): Promise<void> {
  await new Deno.Command(spec.sh, {
    args: ["-c", `kill -s KILL -- -${pid}`],
    clearEnv: true,
    env: { PATH: spec.path },
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).output();
}
