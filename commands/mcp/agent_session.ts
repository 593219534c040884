/**
 * What one `crosstown mcp` can do for an agent: each call is a command of this program, with ceilings that the agent cannot change.
 *
 * @module
 */
import { isEnded, type JobStatus } from "../../protocols/job_status.ts";
import { type InnerOptions, runInner } from "../inner_command.ts";
import type { Allowance } from "./ceilings.ts";
import { Ceilings } from "./ceilings.ts";
import { type GivenInput, inputFlags } from "./given_input.ts";

/** A command's one document, and whether it did what it was asked. */
export interface Answer {
  readonly ok: boolean;
  readonly document: Record<string, unknown>;
}

/** A job as an agent orders it. */
export interface Order extends GivenInput {
  readonly type: string;
  readonly kind?: number;
  readonly params?: Readonly<Record<string, string>>;
  readonly platform?: string;
  readonly tags?: readonly string[];
  /** What the provider must have, e.g. `memory>=8G`. */
  readonly require?: string;
  readonly provider?: string;
  /** Units. */
  readonly bidUnits: bigint | null;
  readonly timeoutS?: number;
  /** A name for this order: the same name finds the job again. */
  readonly key?: string;
}

/** How a server calls commands. */
interface SessionOptions extends Allowance {
  /** The global flags of this server, which every command gets too. */
  readonly globals: readonly string[];
  readonly env: InnerOptions["env"];
  /** Real paths of the folders of which inputs may be taken. */
  readonly shared: readonly string[];
  readonly format: (units: bigint) => string;
  /** Only this provider is bought from; null: any. */
  readonly provider: string | null;
}

type Watch = Pick<InnerOptions, "signal" | "onNote">;

/** See the module. */
export class AgentSession {
  readonly ceilings: Ceilings;
  readonly options: SessionOptions;

  /** Spends nothing and opens nothing before it is asked. */
  constructor(options: SessionOptions) {
    this.options = options;
    this.ceilings = new Ceilings(options, options.format);
  }

  /** Runs a command. */
  async call(
    args: readonly string[],
    watch: Watch & Pick<InnerOptions, "stdin" | "lines"> = {},
  ): Promise<Answer> {
    const { globals, env } = this.options;
    const { exitCode, document } = await runInner([...globals, ...args], { env, ...watch });
    return { ok: exitCode === 0, document };
  }

  /** What an order would cost and who would take it; spends nothing. */
  async quote(order: Order, watch: Watch = {}): Promise<Answer> {
    await this.#look();
    const bound = this.ceilings.boundOf(order.bidUnits);
    const { flags, stdin } = await this.#submitFlags(order, bound);
    return await this.call([...flags, "--dry-run"], { ...watch, stdin });
  }

  /** Binding prices of several providers; spends nothing. */
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

  /** Posts and pays a job. Throws `above_ceiling` before anything is done. */
  async submit(order: Order, watch: Watch = {}): Promise<Answer> {
    const bound = await this.boundOf(order);
    const { flags, stdin } = await this.#submitFlags(order, bound);
    this.ceilings.hold(bound);
    // Where the command throws, it is not known whether there is a job: what it may cost stays set aside.
    const answer = await this.call(flags, { ...watch, stdin });
    const { job_id } = answer.document;
    if (typeof job_id === "string") this.ceilings.assign(bound, job_id);
    else this.ceilings.release(bound);
    this.#settle(answer);
    return answer;
  }

  /** Waits for a job's end, at most so long; then gives it as it is. */
  async wait(jobId: string, ms: number, { signal, onNote }: Watch): Promise<Answer> {
    const stop = AbortSignal.any([AbortSignal.timeout(ms), ...(signal ? [signal] : [])]);
    const waited = await this.call(["job", "wait", "--", jobId], { signal: stop, onNote });
    const answer = stop.aborted && !signal?.aborted
      ? await this.call(["job", "status", "--", jobId])
      : waited;
    this.#settle(answer);
    return answer;
  }

  async #submitFlags(order: Order, boundUnits: bigint) {
    const { type, kind, params = {}, platform, tags = [], require, timeoutS, key } = order;
    const provider = this.options.provider ?? order.provider;
    const input = await inputFlags(order, this.options.shared);
    const flag = (name: string, value: string | number | undefined) =>
      value === undefined ? [] : [`--${name}=${value}`];
    return {
      stdin: input.stdin,
      flags: [
        ...["job", "submit", ...input.flags],
        ...Object.entries(params).map(([name, value]) => `--param=${name}=${value}`),
        ...tags.map((tag) => `--tag=${tag}`),
        ...flag("kind", kind),
        ...flag("platform", platform),
        ...flag("require", require),
        ...flag("provider", provider),
        ...flag("timeout", timeoutS),
        ...flag("key", key),
        `--bid=${boundUnits}units`,
        type,
      ],
    };
  }

  /** Learns what became of the jobs whose cost was open. */
  async #look(): Promise<void> {
    for (const jobId of this.ceilings.openJobs) {
      this.#settle(await this.call(["job", "status", "--", jobId]));
    }
  }

  #settle(answer: Answer): void {
    const { job_id, status, paid_units } = answer.document;
    if (typeof job_id !== "string") return;
    this.ceilings.settle(job_id, {
      paidUnits: BigInt(String(paid_units ?? 0)),
      ended: isEnded(status as JobStatus),
    });
  }
}
