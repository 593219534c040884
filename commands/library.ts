/**
 * A home for programs: `openHome().submit()`. Each call runs a command of this program in the caller's process, so that a job of a
 * library and a job of the command line take one path: the same store, keys, ceilings and daemon.
 *
 * @module
 */
import { runInner } from "./inner_command.ts";

/**
 * How to open a home. What is left out gets the same value as for the command `crosstown`.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { openHome, type OpenHomeOptions } from "./library.ts";
 *
 * const options: OpenHomeOptions = { home: "/home/me/.gt", network: "dev", env: () => undefined };
 * assert.equal(typeof openHome(options).submit, "function");
 * ```
 */
export interface OpenHomeOptions {
  /** The home's folder; same as `--home`. */
  readonly home?: string;
  /** The network profile; same as `--network`. */
  readonly network?: string;
  /** Reads environment variables. By default it reads those of the process. */
  readonly env?: (name: string) => string | undefined;
}

/**
 * A job to buy. The fields are those of `crosstown job submit`.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { type JobOrder } from "./library.ts";
 *
 * const order: JobOrder = { type: "ci-run", input: "./project", params: { command: "sh test.sh" } };
 * assert.equal(order.params?.command, "sh test.sh");
 * ```
 */
export interface JobOrder {
  /** Type of the job, e.g. `echo`, `ci-run`. */
  readonly type: string;
  /** Text, a folder, a file or a URL. */
  readonly input?: string;
  /** Named parameters. */
  readonly params?: Readonly<Record<string, string>>;
  /** The most that the job may cost, in whole tokens, e.g. `0.5`. */
  readonly bid?: string;
  /** Public key of the provider. By default the market chooses. */
  readonly provider?: string;
  /** Seconds from posting to result. */
  readonly timeoutS?: number;
  /** Makes a new job, even if the same order already made one. */
  readonly again?: boolean;
  /** Stops the wait. Payments are not returned, and the job continues. */
  readonly signal?: AbortSignal;
}

/**
 * A job that has ended, with success or not.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { type FinishedJob } from "./library.ts";
 *
 * const words = ({ status, error }: FinishedJob) => error === null ? status : error.message;
 * const job = { jobId: "job-1", eventId: "", provider: null, exitCode: null, paidUnits: 0n };
 * const error = { code: "deadline", message: "no result came in time" };
 * assert.equal(words({ ...job, status: "timeout", content: null, error }), error.message);
 * ```
 */
export interface FinishedJob {
  /** Short id of the job, as the commands print it. */
  readonly jobId: string;
  /** Id of the request. */
  readonly eventId: string;
  /** `success`, or the status in which the job ended. */
  readonly status: string;
  /** Public key of the provider that did it. */
  readonly provider: string | null;
  /** The job's output: the log of a command, or the result's text. */
  readonly content: string | null;
  /** Exit code of the command, if the job ran one. */
  readonly exitCode: number | null;
  /** Total paid for writes and for the job, in base units. */
  readonly paidUnits: bigint;
  /** The error of a job that did not succeed. */
  readonly error: { readonly code: string; readonly message: string } | null;
}

/**
 * A home that buys.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { type HomeClient, openHome } from "./library.ts";
 *
 * const home: HomeClient = openHome({ home: await Deno.makeTempDir(), env: () => undefined });
 * await assert.rejects(home.submit({ type: "unknown", bid: "much" }));
 * ```
 */
export interface HomeClient {
  /**
   * Buys a job and waits for its end. The same order again returns the existing job and pays nothing. Rejects with HomeError if the order
   * is refused before a job is made.
   */
  submit(order: JobOrder): Promise<FinishedJob>;
}

/**
 * Opens a home of this machine. Nothing is read before the first job. Keys are unlocked for one job, or by the home's daemon.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { openHome } from "./library.ts";
 *
 * const home = openHome({ home: await Deno.makeTempDir(), env: () => undefined });
 * // A ci-run without a command would be paid for and then fail: it is refused.
 * await assert.rejects(home.submit({ type: "ci-run" }), { name: "HomeError" });
 * ```
 */
export function openHome(options: OpenHomeOptions = {}): HomeClient {
  return {
    async submit({ signal, ...order }) {
      const { document } = await runInner([...argumentsOf(order), ...globalsOf(options)], {
        env: options.env ?? ((name) => Deno.env.get(name)),
        signal,
      });
      return jobOf(document);
    },
  };
}

function globalsOf({ home, network }: OpenHomeOptions): string[] {
  return [
    ...(home === undefined ? [] : [`--home=${home}`]),
    ...(network === undefined ? [] : [`--network=${network}`]),
  ];
}

function argumentsOf(order: Omit<JobOrder, "signal">): string[] {
  const { type, input, params = {}, bid, provider, timeoutS, again } = order;
  // `-` would read the caller's own standard input.
  if (input === "-") throw new HomeError("usage", "input must not be -", "give the text itself");
  return [
    "job",
    "submit",
    type,
    "--wait",
    ...(input === undefined ? [] : [`--input=${input}`]),
    ...Object.entries(params).map(([name, value]) => `--param=${name}=${value}`),
    ...(bid === undefined ? [] : [`--bid=${bid}`]),
    ...(provider === undefined ? [] : [`--provider=${provider}`]),
    ...(timeoutS === undefined ? [] : [`--timeout=${timeoutS}`]),
    ...(again === true ? ["--again"] : []),
  ];
}

function jobOf(document: Record<string, unknown>): FinishedJob {
  const error = document.error as
    | { code: string; message: string; suggestion?: string }
    | undefined;
  if (typeof document.job_id !== "string") {
    throw new HomeError(
      error?.code ?? "internal",
      error?.message ?? "the command printed no job",
      error?.suggestion ?? "",
    );
  }
  const result = document.result as
    | { content?: string; log?: string; exit_code?: number | null }
    | null;
  return {
    jobId: document.job_id,
    eventId: String(document.event_id),
    status: String(document.status),
    provider: document.provider as string | null,
    content: result?.log ?? result?.content ?? null,
    exitCode: result?.exit_code ?? null,
    paidUnits: BigInt(String(document.paid_units)),
    error: error === undefined ? null : { code: error.code, message: error.message },
  };
}

/**
 * The home refused an order before it made a job.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { HomeError, openHome } from "./library.ts";
 *
 * const home = openHome({ home: await Deno.makeTempDir(), env: () => undefined });
 * const error = await home.submit({ type: "echo", input: "-" }).catch((error) => error);
 * assert.ok(error instanceof HomeError);
 * assert.equal(error.code, "usage");
 * ```
 */
export class HomeError extends Error {
  /** Always `HomeError`. */
  override readonly name = "HomeError";
  /** The error code as the command prints it, e.g. `no_wallet`, `no_provider`, `interrupted`. */
  readonly code: string;
  /** What the user can do. */
  readonly suggestion: string;
  /** Makes a HomeError with its code. */
  constructor(code: string, message: string, suggestion: string) {
    super(message);
    this.code = code;
    this.suggestion = suggestion;
  }
}
