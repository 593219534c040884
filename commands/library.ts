/**
 * A home for programs: `openHome().submit()`. Each call runs a command of this program in the caller's process, so that a job of a
 * library and a job of the command line take one path: the same store, keys, ceilings and daemon.
 *
 * @module
 */
import { runInner } from "./inner_command.ts";

/**
 * Which home is used; what is left out is decided as for the command `crosstown`.
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
  /** Its folder; as `--home`. */
  readonly home?: string;
  /** The profile; as `--network`. */
  readonly network?: string;
  /** Where environment variables are read; the process's own unless told. */
  readonly env?: (name: string) => string | undefined;
}

/**
 * A job to buy, as `crosstown job submit` takes it.
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
  /** e.g. `echo`, `ci-run`. */
  readonly type: string;
  /** Text, a folder, a file or a URL. */
  readonly input?: string;
  /** Named parameters. */
  readonly params?: Readonly<Record<string, string>>;
  /** The most that the job may cost, e.g. `0.5`, in whole tokens. */
  readonly bid?: string;
  /** Public key of the provider; the market decides unless told. */
  readonly provider?: string;
  /** How long the job may take, seconds. */
  readonly timeoutS?: number;
  /** Makes a new job although the same order made one. */
  readonly again?: boolean;
  /** Stops waiting. What was paid stays paid, and the job goes on. */
  readonly signal?: AbortSignal;
}

/**
 * A job that has ended, well or not.
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
  /** Short id, as the commands show it. */
  readonly jobId: string;
  /** Id of the request. */
  readonly eventId: string;
  /** `success`, or how it ended otherwise. */
  readonly status: string;
  /** Public key of who did it. */
  readonly provider: string | null;
  /** What the job gave: the log of a command, or the result's text. */
  readonly content: string | null;
  /** Of the command that was run, where one was. */
  readonly exitCode: number | null;
  /** Base units for the writes and the job together. */
  readonly paidUnits: bigint;
  /** Why it did not end well. */
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
   * Buys a job and waits for its end. The same order again gives the job that is there, and pays nothing. Rejects with HomeError
   * when it is refused before it is a job.
   */
  submit(order: JobOrder): Promise<FinishedJob>;
}

/**
 * A home of this machine. Nothing is opened before the first job; keys are unlocked for one job, or by the home's daemon.
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
  // The standard input is the caller's own: a job never reads it.
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
 * A home refused, before there was a job.
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
  /** As the command prints it, e.g. `no_wallet`, `no_provider`, `interrupted`. */
  readonly code: string;
  /** What can be done. */
  readonly suggestion: string;
  /** Makes a refusal with its code. */
  constructor(code: string, message: string, suggestion: string) {
    super(message);
    this.code = code;
    this.suggestion = suggestion;
  }
}
