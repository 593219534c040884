/**
 * How a daemon is supervised. `X up` starts `X run` as its child and restarts it when it exits with 75: a worker hung and could not be
 * killed. `X up --detach` starts `X up` in a new session and ends when the daemon reports that it is ready.
 *
 * A daemon reports on standard output, in one JSON line, that it is ready or why it failed. It stops when its standard input ends, so no
 * daemon is left behind when its parent dies.
 *
 * @module
 */
import type { Invocation } from "../../shell/command.ts";
import type { Given } from "../../shell/given.ts";
import type { OptionSpec } from "../../shell/option_spec.ts";
import { CommandError, UsageError } from "../../shell/errors.ts";
import { onHangUp } from "../../shell/hang_up.ts";
import { selfCommand } from "../../shell/self.ts";
import { drop, failureOf, firstLine, type Ready } from "./daemon_ready.ts";

/** Exit code with which a daemon asks to be restarted. */
export const EXIT_RESTART = 75;

const MAX_RESTARTS_IN_A_ROW = 5;
/**
 * The limit until a daemon is ready, in milliseconds. Its start needs some seconds of one core, and a busy machine may take long to give
 * them.
 */
const READY_MS = 120_000;
/** The limit for a stop, in milliseconds. It is longer than the longest drain. */
const STOP_MS = 30_000;

/** An option of `mayor` and `node`. */
export const ALLOW_LOCAL: OptionSpec = {
  flags: "--allow-local",
  summary: "allow [audit] remote to be a folder of this machine",
};

/** An option of `mayor` and `node`. */
export const ISOLATE: OptionSpec = {
  flags: "--isolate",
  summary: "give each stage its own worker; otherwise stages with equal permissions share one",
};

/** An option of `mayor` and `node`. */
export const METRICS: OptionSpec = {
  flags: "--metrics <port>",
  summary: "serve http://127.0.0.1:PORT/metrics for Prometheus (default: port under [metrics])",
};

/** An option of `mayor attach` and `node attach`. */
export const LINES: OptionSpec = {
  flags: "--lines",
  summary: "a line for each event, also on a terminal",
};

/** The options that `mayor up` and `node up` pass on to their child. */
export function switchesOf(options: Pick<Given, "on" | "text">): string[] {
  const metrics = options.text("metrics");
  return [
    ...(metrics === undefined ? [] : ["--metrics", metrics]),
    ...(options.on("allowLocal") ? ["--allow-local"] : []),
    ...(options.on("isolate") ? ["--isolate"] : []),
  ];
}

/** The options of {@link holdDaemon}. */
interface HoldOptions {
  /** Arguments of the child, e.g. `["node", "run", "--jobs", "4"]`. */
  readonly args: readonly string[];
  /** Environment variables that differ from this process's own. */
  readonly env?: Readonly<Record<string, string>>;
  /** Folders outside of the home that the child needs to write. */
  readonly writable?: readonly string[];
  /** Called before each start. Returns the first line of the child's standard input: a passphrase (`--passphrase-fd 0`). */
  readonly line?: (() => Promise<string>) | null;
  /** Stops the child without a restart. */
  readonly signal: AbortSignal;
  /** The limit until the child is ready, in milliseconds; two minutes by default. */
  readonly readyMs?: number;
  /** Called after the first start. */
  readonly onReady: (ready: Ready) => void | Promise<void>;
  /** Also restart a child that was ended by a signal from elsewhere (`kill -9`, out of memory). */
  readonly restartKilled?: boolean;
  /** Called with the child's error after it was ready: why it ended, or why it could not be restarted. */
  readonly onFailure?: (failure: Ready) => void;
  /** Receives the child's standard error. By default it is this process's own. */
  readonly onStderr?: (bytes: Uint8Array) => Promise<void>;
  /** Called when the child is restarted. */
  readonly onRestart?: (exitCode: number) => void;
}

/**
 * Runs the child until it ends or `signal` stops it, and returns its exit code. If `line` throws, the child is not started and the error is
 * thrown.
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
  // This process holds the passphrase only until it is sent, not while the child runs.
  let line = await options.line?.() ?? null;
  const { program, args } = selfCommand(
    [...options.args, "--until-stdin-closes"],
    options.env,
    options.writable,
  );
  const child = new Deno.Command(program, {
    args,
    env: options.env,
    stdin: "piped",
    stdout: "piped",
    stderr: options.onStderr === undefined ? "inherit" : "piped",
  }).spawn();
  const errors = options.onStderr === undefined
    ? undefined
    : passOn(child.stderr, options.onStderr);
  if (line !== null) await sendLine(child.stdin, line);
  line = null;
  const stop = () => void child.stdin.close().catch(() => undefined);
  let ready = false;
  // A child that is still starting reads its settings anyway, and does not listen for the signal yet.
  using _hangUps = onHangUp(() => ready && child.kill("SIGHUP"));
  options.signal.addEventListener("abort", stop, { once: true });
  if (options.signal.aborted) stop();
  try {
    const first = await firstLine(child.stdout, options.readyMs ?? READY_MS, options.onFailure);
    ready = first !== null && !first.error;
    if (first !== null) await onReady(first);
    const status = await child.status;
    await errors;
    return status;
  } catch (error) {
    stop();
    await endedOrKilled(child);
    throw error;
  } finally {
    options.signal.removeEventListener("abort", stop);
    stop();
  }
}

async function passOn(
  stderr: ReadableStream<Uint8Array>,
  onStderr: (bytes: Uint8Array) => Promise<void>,
): Promise<void> {
  for await (const bytes of stderr) await onStderr(bytes);
}

/** Writes the first line of a child's standard input. If the child has ended before it read the line, its exit code tells so. */
async function sendLine(stdin: WritableStream<Uint8Array>, line: string): Promise<void> {
  const bytes = new TextEncoder().encode(`${line}\n`);
  const writer = stdin.getWriter();
  await writer.write(bytes).catch(() => undefined);
  bytes.fill(0);
  writer.releaseLock();
}

/** Waits until the child has ended; the end of its standard input tells it to stop. */
async function endedOrKilled(child: Deno.ChildProcess): Promise<void> {
  const timer = setTimeout(() => {
    try {
      child.kill("SIGKILL");
    } catch {
      // The child has ended in the meantime.
    }
  }, STOP_MS);
  await child.status;
  clearTimeout(timer);
}

/** The options of {@link detachDaemon}. */
interface DetachOptions {
  /** Environment variables that differ from this process's own. */
  readonly env?: Readonly<Record<string, string>>;
  /** Folders outside of the home that the daemon needs to write. */
  readonly writable?: readonly string[];
  /** The limit until the daemon is ready, in milliseconds; two minutes by default. */
  readonly readyMs?: number;
  /** The child's whole standard input: a passphrase (`--passphrase-fd 0`). */
  readonly line?: string | null;
  /** The child gets this process's standard input, so that it stops when the other end closes it, even after this process has ended. */
  readonly inheritStdin?: boolean;
}

/** Starts `X up` in a new session and returns its ready line. If the start fails, throws the reported error. */
export async function detachDaemon(
  args: readonly string[],
  { env, writable, readyMs = READY_MS, line = null, inheritStdin = false }: DetachOptions = {},
): Promise<Ready> {
  const self = selfCommand([...args, "--output", "json"], env, writable);
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
  if (failure === null) return { ...ready, pid: ready.pid ?? child.pid };
  // The child ends after this line, with the exit code that the same command has in the foreground.
  const { code } = await child.status;
  const { message, suggestion } = failure;
  throw code === 2 ? new UsageError(message, suggestion, failure.code) : failure;
}

/**
 * The signal that tells a daemon to stop. It aborts on a signal to the process and, under a supervising parent, at the end of standard
 * input. A daemon that is still starting gives up.
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

/** The abort reason of {@link stopOrders}. It stands for an ordered stop, not for a failure. */
class StopOrder extends Error {
  /** `StopOrder`. */
  override readonly name = "StopOrder";
  /** Makes it. */
  constructor() {
    super("told to stop");
  }
}
