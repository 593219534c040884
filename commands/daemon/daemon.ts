/**
 * How a daemon is held: `X up` starts `X run` as its child and starts it again when it leaves with exit 75 (a worker hung and
 * could not be killed); `X up --detach` starts `X up` in a session of its own and ends when the daemon says that it is ready.
 *
 * A daemon says that it is ready, or why it is not, in one JSON line on standard output. It stops when its standard input ends, so
 * nothing is left behind when whatever started it dies.
 *
 * @module
 */
import type { Invocation } from "../../shell/command.ts";
import type { Given } from "../../shell/given.ts";
import type { OptionSpec } from "../../shell/option_spec.ts";
import { CommandError } from "../../shell/errors.ts";
import { selfCommand } from "../../shell/self.ts";
import { drop, failureOf, firstLine, type Ready } from "./daemon_ready.ts";

/** The daemon wants to be started again. */
export const EXIT_RESTART = 75;

const MAX_RESTARTS_IN_A_ROW = 5;
/** A daemon takes some seconds of a core until it is ready, and a busy machine has few. */
const READY_MS = 120_000;
/** Above what the longest drain takes. */
const STOP_MS = 30_000;

/** Of `mayor` and `node`. */
export const ALLOW_LOCAL: OptionSpec = {
  flags: "--allow-local",
  summary: "allow [audit] remote to be a folder of this machine",
};

/** Of `mayor` and `node`. */
export const ISOLATE: OptionSpec = {
  flags: "--isolate",
  summary: "give each stage its own worker; otherwise stages with equal permissions share one",
};

/** Of `mayor` and `node`. */
export const METRICS: OptionSpec = {
  flags: "--metrics <port>",
  summary: "serve http://127.0.0.1:PORT/metrics for Prometheus (default: port under [metrics])",
};

/** Of `mayor attach` and `node attach`. */
export const LINES: OptionSpec = {
  flags: "--lines",
  summary: "a line for each event, also on a terminal",
};

/** The options that `mayor up` and `node up` share, for the process that they hold. */
export function switchesOf(options: Pick<Given, "on" | "text">): string[] {
  const metrics = options.text("metrics");
  return [
    ...(metrics === undefined ? [] : ["--metrics", metrics]),
    ...(options.on("allowLocal") ? ["--allow-local"] : []),
    ...(options.on("isolate") ? ["--isolate"] : []),
  ];
}

/** What {@link holdDaemon} needs. */
interface HoldOptions {
  /** Arguments of the child, e.g. `["node", "run", "--jobs", "4"]`. */
  readonly args: readonly string[];
  /** Environment that differs from this process's. */
  readonly env?: Readonly<Record<string, string>>;
  /** Asked before each start for the first line of the child's standard input: a passphrase (`--passphrase-fd 0`). */
  readonly line?: (() => Promise<string>) | null;
  /** Stops the child for good. */
  readonly signal: AbortSignal;
  /** How long it may take until it is ready; two minutes unless told. */
  readonly readyMs?: number;
  /** Told for the first start. */
  readonly onReady: (ready: Ready) => void | Promise<void>;
  /** Also starts it again when a signal ended it that did not come from here (`kill -9`, out of memory). */
  readonly restartKilled?: boolean;
  /** Told what it says of itself after it was ready once: why it ended, or why it could not be started again. */
  readonly onFailure?: (failure: Ready) => void;
  /** Told when the child is started again. */
  readonly onRestart?: (exitCode: number) => void;
}

/**
 * Runs the child until it ends or `signal` stops it; gives its exit code. Throws what `line` throws: a child that cannot be given
 * its line is not started.
 */
export async function holdDaemon(options: HoldOptions): Promise<number> {
  let told = false;
  for (let restarts = 0;; restarts++) {
    const { code, signal } = await runOnce(options, async (ready) => {
      restarts = 0;
      if (told) {
        if (ready.error) options.onFailure?.(ready);
        return;
      }
      told = true;
      await options.onReady(ready);
    });
    const again = code === EXIT_RESTART || options.restartKilled === true && signal !== null;
    if (!again || options.signal.aborted || restarts >= MAX_RESTARTS_IN_A_ROW) {
      return code;
    }
    options.onRestart?.(code);
  }
}

async function runOnce(
  options: HoldOptions,
  onReady: (ready: Ready) => Promise<void>,
): Promise<Deno.CommandStatus> {
  // Held here until it is sent, and nowhere while the child runs.
  let line = await options.line?.() ?? null;
  const { program, args } = selfCommand([...options.args, "--until-stdin-closes"], options.env);
  const child = new Deno.Command(program, {
    args,
    env: options.env,
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  if (line !== null) await sendLine(child.stdin, line);
  line = null;
  const stop = () => void child.stdin.close().catch(() => undefined);
  options.signal.addEventListener("abort", stop, { once: true });
  if (options.signal.aborted) stop();
  try {
    const first = await firstLine(child.stdout, options.readyMs ?? READY_MS, options.onFailure);
    if (first !== null) await onReady(first);
    return await child.status;
  } catch (error) {
    stop();
    await endedOrKilled(child);
    throw error;
  } finally {
    options.signal.removeEventListener("abort", stop);
    stop();
  }
}

/** What a child's standard input begins with. A child that ended before it was read says so by its exit code. */
async function sendLine(stdin: WritableStream<Uint8Array>, line: string): Promise<void> {
  const bytes = new TextEncoder().encode(`${line}\n`);
  const writer = stdin.getWriter();
  await writer.write(bytes).catch(() => undefined);
  bytes.fill(0);
  writer.releaseLock();
}

/** Waits until the child has ended, as it does soon after its standard input. */
async function endedOrKilled(child: Deno.ChildProcess): Promise<void> {
  const timer = setTimeout(() => {
    try {
      child.kill("SIGKILL");
    } catch {
      // It has ended meanwhile.
    }
  }, STOP_MS);
  await child.status;
  clearTimeout(timer);
}

/** What {@link detachDaemon} may be told. */
interface DetachOptions {
  /** Environment that differs from this process's. */
  readonly env?: Readonly<Record<string, string>>;
  /** How long it may take until it is ready; two minutes unless told. */
  readonly readyMs?: number;
  /** All of the child's standard input: a passphrase (`--passphrase-fd 0`). */
  readonly line?: string | null;
  /** It has this process's standard input instead, and can follow whoever holds the other end after this process has ended. */
  readonly inheritStdin?: boolean;
}

/** Starts `X up` in a session of its own; gives what it said when it was ready. Throws what it said instead. */
export async function detachDaemon(
  args: readonly string[],
  { env, readyMs = READY_MS, line = null, inheritStdin = false }: DetachOptions = {},
): Promise<Ready> {
  const self = selfCommand([...args, "--output", "json"], env);
  const child = new Deno.Command(self.program, {
    args: self.args,
    env,
    stdin: inheritStdin ? "inherit" : line === null ? "null" : "piped",
    stdout: "piped",
    stderr: "null",
    detached: true,
  }).spawn();
  child.unref();
  if (line !== null) {
    await sendLine(child.stdin, line);
    await child.stdin.close().catch(() => undefined);
  }
  const ready = await firstLine(child.stdout, readyMs);
  if (ready === null) {
    throw new CommandError(
      "not_ready",
      "the daemon ended before it was ready",
      "run it without --detach to see why",
    );
  }
  const failure = failureOf(ready);
  if (failure !== null) throw failure;
  return { ...ready, pid: ready.pid ?? child.pid };
}

/**
 * What tells a daemon to stop, from its first moment on: the signal of its process and, where it is held, the end of its standard
 * input. Whoever is still starting gives up then.
 */
export function stopOrders(
  { io, options, signal }: Pick<Invocation, "io" | "options" | "signal">,
): AbortSignal {
  const stop = new AbortController();
  const order = () => stop.abort(new StopOrder());
  signal.addEventListener("abort", order, { once: true });
  if (signal.aborted) order();
  if (options.on("untilStdinCloses")) void drop(io.stdin.getReader()).then(order);
  return stop.signal;
}

/** The reason of {@link stopOrders}: nothing went wrong. */
class StopOrder extends Error {
  /** `StopOrder`. */
  override readonly name = "StopOrder";
  /** Makes it. */
  constructor() {
    super("told to stop");
  }
}
