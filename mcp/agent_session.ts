/**
 * The actions of one `crosstown mcp` for an agent. Each call runs a command of this program, below ceilings that the agent cannot change.
 *
 * @module
 */
import { isEnded, type JobStatus } from "../protocols/job_status.ts";
import type { InnerOptions, InnerRun } from "../shell/inner_run.ts";
import { Approvals } from "./approvals.ts";
import type { Allowance } from "./ceilings.ts";
import { Ceilings, type JobCost } from "./ceilings.ts";
import { type GivenInput, inputFlags } from "./given_input.ts";
import { costOfJob } from "./job_cost.ts";
import { JobFollowers } from "./job_followers.ts";
import { withUnlocking } from "./unlocking.ts";

/** A command's document, and whether the command succeeded. */
export interface Answer {
  readonly ok: boolean;
  readonly document: Record<string, unknown>;
  /** Resources that it names. */
  readonly links?: readonly {
    readonly uri: string;
    readonly name: string;
    readonly size: number;
  }[];
}

/** A job that an agent orders. */
export interface Order extends GivenInput {
  readonly type: string;
  readonly kind?: number;
  readonly params?: Readonly<Record<string, string>>;
  readonly platform?: string;
  readonly tags?: readonly string[];
  /** What the provider must announce, e.g. `memory>=8G`. */
  readonly require?: string;
  /** Patterns of the files to keep, e.g. `dist/**`. */
  readonly artifacts?: readonly string[];
  readonly provider?: string;
  /** The bid in base units. */
  readonly bidUnits: bigint | null;
  readonly timeoutS?: number;
  /** How it is paid. */
  readonly payment?: string;
  /** A key for this order. The same key finds the same job again. */
  readonly key?: string;
}

/** How a server runs commands. */
interface SessionOptions extends Allowance {
  /** The server's global flags, which every command also gets. */
  readonly globals: readonly string[];
  readonly env: InnerOptions["env"];
  /** Runs a command. */
  readonly run: InnerRun;
  /** Real paths of the folders from which inputs may be taken. */
  readonly shared: readonly string[];
  readonly format: (units: bigint) => string;
  /** Aborted when the server is told to stop. It also ends commands that pay. */
  readonly stop?: AbortSignal;
}

type Watch = Pick<InnerOptions, "signal" | "onNote">;

/** Failures after which a command may have ordered its payment. Every other failure without a job is a refusal: nothing was ordered. */
const UNCERTAIN: ReadonlySet<unknown> = new Set(["interrupted", "internal", "closed", "full"]);

/** A deletion is shorter than two requests, so its write costs less than this many times the request's write. */
const CANCEL_WRITES = 2n;

/** One agent's session. See the module. */
export class AgentSession implements AsyncDisposable {
  readonly ceilings: Ceilings;
  readonly approvals = new Approvals();
  readonly options: SessionOptions;
  readonly #followers = new JobFollowers((jobId, signal) =>
    this.call(["job", "wait", "--", jobId], { signal }).then((answer) => this.#settle(answer))
  );

  readonly #ended = new AbortController();
  readonly #paying = new Set<Promise<unknown>>();

  /** Opens nothing and spends nothing before the first call. */
  constructor(options: SessionOptions) {
    this.options = options;
    this.ceilings = new Ceilings(options, options.format);
  }

  /** Runs a command. */
  async call(
    args: readonly string[],
    watch: Watch & Pick<InnerOptions, "stdin" | "lines"> = {},
  ): Promise<Answer> {
    const { globals, env, run } = this.options;
    const { exitCode, document } = await run([...globals, ...args], { env, ...watch });
    return { ok: exitCode === 0, document: withUnlocking(document) };
  }

  /**
   * Runs a command that pays. A call that the agent cancels does not end it: what it paid must be counted. Throws the signal's reason if the
   * call was cancelled before.
   */
  async #pay(args: readonly string[], { signal, ...watch }: Watch & Pick<InnerOptions, "stdin">) {
    signal?.throwIfAborted();
    const { stop } = this.options;
    const ended = AbortSignal.any([this.#ended.signal, ...(stop === undefined ? [] : [stop])]);
    const paying = this.call(args, { ...watch, signal: ended });
    const settled = paying.catch(() => undefined);
    this.#paying.add(settled);
    try {
      return await paying;
    } finally {
      this.#paying.delete(settled);
    }
  }

  /** Asks which provider would take an order and at what price. Spends nothing. */
  async quote(order: Order, watch: Watch = {}): Promise<Answer> {
    await this.#look();
    const bound = this.ceilings.boundOf(order.bidUnits);
    const { flags, stdin } = await this.#submitFlags(order, bound);
    return await this.call([...flags, "--dry-run"], { ...watch, stdin });
  }

  /** Asks several providers for binding prices. Spends nothing. */
  async quotes(order: Order, watch: Watch = {}): Promise<Answer> {
    const bound = await this.boundOf(order);
    const { flags: [_job, _submit, ...flags], stdin } = await this.#submitFlags(order, bound);
    const asked = flags.filter((flag) => !flag.startsWith("--key="));
    return await this.call(["job", "quote", ...asked], { ...watch, stdin });
  }

  /** The most that an order may cost here. Throws `above_ceiling`. */
  async boundOf(order: Order): Promise<bigint> {
    await this.#look();
    return this.ceilings.boundOf(order.bidUnits);
  }

  /** Posts and pays a job. Throws `above_ceiling` before anything is sent. */
  async submit(order: Order, watch: Watch = {}): Promise<Answer> {
    const bound = await this.boundOf(order);
    const { flags, stdin } = await this.#submitFlags(order, bound);
    watch.signal?.throwIfAborted();
    this.ceilings.hold(bound);
    // If the command throws or was ended, the job may exist or not, so its amount stays reserved.
    const answer = await this.#pay(flags, { ...watch, stdin });
    const cost = costOfJob(answer.document);
    if (cost !== null) this.ceilings.assign(bound, cost.jobId);
    else if (!isUncertain(answer)) this.ceilings.release(bound);
    this.#settle(answer);
    return answer;
  }

  /** The job as it is now. */
  async status(jobId: string, watch: Watch = {}): Promise<Answer> {
    const answer = await this.call(["job", "status", "--", jobId], watch);
    this.#settle(answer);
    return answer;
  }

  /** The job with its whole result; it is an error unless the job succeeded. */
  async result(jobId: string, watch: Watch = {}): Promise<Answer> {
    return await this.call(["job", "results", "--", jobId], watch);
  }

  /** Follows a job in the background, see {@link JobFollowers}. */
  follow(jobId: string): void {
    this.#followers.follow(jobId);
  }

  /** Stops what runs in the background. Jobs go on. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended.abort();
    await this.#followers.close();
    await Promise.all(this.#paying);
  }

  /** Waits for a job's end, at most this long, and returns the job as it is then. */
  async wait(jobId: string, ms: number, { signal, onNote }: Watch): Promise<Answer> {
    const stop = AbortSignal.any([AbortSignal.timeout(ms), ...(signal ? [signal] : [])]);
    const waited = await this.call(["job", "wait", "--", jobId], { signal: stop, onNote });
    const answer = stop.aborted && !signal?.aborted ? await this.status(jobId) : waited;
    this.#settle(answer);
    return answer;
  }

  /** Ends a job. The write that tells the provider is paid, so it counts too. Throws `above_ceiling` before anything is done. */
  async cancel(jobId: string, watch: Watch = {}): Promise<Answer> {
    const before = await this.call(["job", "status", "--", jobId], watch);
    const { job_id: id, paid, paid_units } = before.document;
    if (typeof id !== "string") return before;
    const paidUnits = BigInt(String(paid_units ?? 0));
    const { write_units } = (paid ?? {}) as { readonly write_units?: unknown };
    const writeUnits = CANCEL_WRITES * BigInt(String(write_units ?? 0));
    const own = this.ceilings.openJobs.includes(id);
    watch.signal?.throwIfAborted();
    this.ceilings.holdWrite(id, paidUnits, writeUnits);
    // If the command throws or was ended, the write may have been paid: it stays set aside.
    const answer = await this.#pay(["job", "cancel", "--", id], watch);
    if (isUncertain(answer)) return answer;
    const { paid_units: now, provider_told: told } = answer.document;
    const nowUnits = now === undefined ? paidUnits : BigInt(String(now));
    // A queued write is paid by the next process of the home.
    const toCome = told === "queued" ? writeUnits : 0n;
    if (!own) this.ceilings.settleWrite(id, writeUnits, nowUnits - paidUnits + toCome);
    else if (answer.ok) this.ceilings.settle(id, { paidUnits: nowUnits + toCome, ended: true });
    return answer;
  }

  /**
   * What a command that pays more for a job would make it cost, by its dry run; or why it is refused. Spends nothing. Throws
   * `above_ceiling`.
   */
  async costOf(
    command: readonly string[],
    jobId: string,
    watch: Watch = {},
  ): Promise<{ readonly refused: Answer } | JobCost> {
    const plan = await this.call([...command, "--dry-run", "--", jobId], watch);
    const { job_id: id, most_units, rest_units } = plan.document;
    if (!plan.ok || typeof id !== "string") return { refused: plan };
    const now = await this.status(id, watch);
    if (now.document.paid_units === undefined) return { refused: now };
    const paidUnits = BigInt(String(now.document.paid_units));
    const mostUnits = most_units === undefined
      ? paidUnits + BigInt(String(rest_units))
      : BigInt(String(most_units));
    const cost = { jobId: id, paidUnits, mostUnits };
    await this.#look();
    this.ceilings.checkRaise(cost);
    return cost;
  }

  /** Runs a command that pays more for a job. Throws `above_ceiling` before anything is done. */
  async payMore(command: readonly string[], cost: JobCost, watch: Watch = {}): Promise<Answer> {
    const { jobId, mostUnits } = cost;
    await this.#look();
    watch.signal?.throwIfAborted();
    const raised = this.ceilings.raise(cost);
    // If the command throws or was ended, its payment may have been ordered: the amount stays reserved.
    const answer = await this.#pay([...command, "--", jobId], watch);
    const { job_id: id, status, paid_units } = answer.document;
    if (typeof id !== "string") {
      if (!isUncertain(answer)) raised.nothing();
      return answer;
    }
    raised.done();
    // A payment without an answer may still be made. Only its own command knows that, so it counts as made.
    const paidUnits = answer.ok ? BigInt(String(paid_units ?? mostUnits)) : mostUnits;
    // The document of a meter names no status: its job goes on.
    const ended = status !== undefined && isEnded(status as JobStatus);
    this.ceilings.settle(jobId, { paidUnits, ended });
    return answer;
  }

  async #submitFlags(order: Order, boundUnits: bigint) {
    const { type, kind, params = {}, platform, tags = [], require, timeoutS, payment, key } = order;
    const { artifacts = [], provider } = order;
    const input = await inputFlags(order, this.options.shared);
    const flag = (name: string, value: string | number | undefined) =>
      value === undefined ? [] : [`--${name}=${value}`];
    return {
      stdin: input.stdin,
      flags: [
        ...["job", "submit", ...input.flags],
        ...Object.entries(params).map(([name, value]) => `--param=${name}=${value}`),
        ...tags.map((tag) => `--tag=${tag}`),
        ...artifacts.map((pattern) => `--artifact=${pattern}`),
        ...flag("kind", kind),
        ...flag("platform", platform),
        ...flag("require", require),
        ...flag("provider", provider),
        ...flag("timeout", timeoutS),
        ...flag("payment", payment),
        ...flag("key", key),
        `--bid=${boundUnits}units`,
        type,
      ],
    };
  }

  /** Reads the jobs whose cost is not final yet. */
  async #look(): Promise<void> {
    for (const jobId of this.ceilings.openJobs) await this.status(jobId);
  }

  #settle({ document }: Answer): void {
    const cost = costOfJob(document);
    if (cost !== null) this.ceilings.settle(cost.jobId, cost);
  }
}

function isUncertain({ document }: Answer): boolean {
  const { code } = (document.error ?? {}) as { readonly code?: unknown };
  return UNCERTAIN.has(code);
}
