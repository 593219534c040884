/**
 * The same `job submit` given twice is one job: whoever retries after an error, a time limit of its own or a crash pays once. `--key`
 * names the command, otherwise its content does; `--again` makes a new job all the same.
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

/** The job that the same command made before; thrown to end the planning of another. */
export class EarlierJob extends Error {
  override readonly name = "EarlierJob";
  readonly code = "earlier_job";
  /** Carries that job. */
  constructor(readonly row: JobRow) {
    super(`job ${row.jobId} was made by the same command`);
  }
}

/** What is asked of a store. */
type Keys = Pick<Store, "jobByKey">;

/** One command's key. */
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

  /** The key, once the request was built. */
  get key(): Once | null {
    return this.#key;
  }

  /** Makes the key of a built request; throws {@link EarlierJob} where a job holds it. */
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

  /** The job that holds the key now. Throws CommandError `key_used` where the key was given by hand for another job. */
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
