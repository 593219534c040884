/**
 * Two equal `job submit` commands make one job, so that a retry after an error, a time limit or a crash pays once. `--key` identifies the
 * command; without it, the command's content does. `--again` always makes a new job.
 *
 * @module
 */
import type { Config } from "../../config/config.ts";
import { jobKey, type Once } from "../../market/job_key.ts";
import type { OnBuilt } from "../../market/plan_job.ts";
import type { Store } from "../../store/store.ts";
import type { JobRow } from "../../store/job_row.ts";
import type { Invocation } from "../../shell/command.ts";
import { CommandError, UsageError } from "../../shell/errors.ts";

/** Thrown during planning if the same command has made a job before. It carries that job. */
export class EarlierJob extends Error {
  override readonly name = "EarlierJob";
  readonly code = "earlier_job";
  /** Holds the earlier job's row. */
  constructor(readonly row: JobRow) {
    super(`job ${row.jobId} was made by the same command`);
  }
}

/** The part of the store that this file reads. */
type Keys = Pick<Store, "jobByKey">;

/** The key of one command. */
export class JobOnce {
  readonly #given: string | null;
  readonly #again: boolean;
  readonly #windowMs: number;
  readonly #clock: () => number;
  #key: Once | null = null;

  /** Reads `--key` and `--again`. Throws UsageError. */
  constructor(
    { options, io }: Pick<Invocation, "options" | "io">,
    readonly config: Config,
    readonly flags: {
      readonly type: string;
      readonly callbackSkill: string | null;
      readonly again?: boolean;
      readonly verify?: string;
      readonly inputHash?: string | null;
    },
  ) {
    this.#given = options.text("key") ?? null;
    if (
      this.#given !== null && !/^[\x21-\x7e]([\x20-\x7e]{0,198}[\x21-\x7e])?$/.test(this.#given)
    ) {
      throw new UsageError("--key must be 1 to 200 printable ASCII characters", "choose another");
    }
    this.#windowMs = config.get("jobs.repeat_window_s") * 1_000;
    this.#again = flags.again === true || options.on("again") || this.#windowMs === 0;
    this.#clock = io.clock;
  }

  /** The key; null until the request is built. */
  get key(): Once | null {
    return this.#key;
  }

  /** Makes the key of a built request. Throws {@link EarlierJob} if a job with this key exists. */
  onBuilt(withStore: <Found>(ask: (store: Keys) => Promise<Found>) => Promise<Found>): OnBuilt {
    return async ({ request }) => {
      const { profile: { name, chain } } = this.config;
      const network = `${name} ${chain.chainId} ${chain.tokenNetworkAddress}`;
      this.#key = {
        ...jobKey(request, { ...this.flags, network, given: this.#given }),
        sinceMs: this.#again ? null : Math.max(0, this.#clock() - this.#windowMs),
      };
      if (this.#again) return;
      const earlier = await withStore((store) => this.earlier(store));
      if (earlier !== null) throw new EarlierJob(earlier);
    };
  }

  /** The job that has this key now. Throws CommandError `key_used` if the user gave the key to another job. */
  async earlier(store: Keys): Promise<JobRow | null> {
    const key = this.#key;
    if (key === null || key.sinceMs === null) return null;
    const found = await store.jobByKey(key.key, key.sinceMs);
    if (found === null || found.content === key.content) return found?.row ?? null;
    throw new CommandError(
      "key_used",
      `this key already made another job, ${found.row.jobId}`,
      "give another --key, or --again to make a new job with this key",
    );
  }
}
