/**
 * What it would cost to buy a job again, by the dry run of `job rerun`.
 *
 * @module
 */
import { formatUnits } from "../../protocols/ilp/asset.ts";
import type { Config } from "../../config/config.ts";
import type { Invocation } from "../../shell/command.ts";
import { CommandError, describeFailure } from "../../shell/errors.ts";
import { Output } from "../../shell/output.ts";
import type { Store } from "../../store/store.ts";
import type { Asked, EventLine } from "./model.ts";

/** A new price may be higher by this part: the bid itself makes the request longer. */
const SLACK = 10n;

/** The home whose job it is. */
interface Home {
  readonly invocation: Invocation;
  readonly config: Config;
  readonly store: Pick<Store, "getJob">;
}

/** The question whether to buy a job again, with its price; or why it has none. */
export async function rerunPrice(
  jobId: string,
  home: Home,
): Promise<{ readonly asked: Asked } | { readonly note: EventLine }> {
  try {
    return { asked: await rerunQuestion(jobId, home) };
  } catch (error) {
    const { message, suggestion } = describeFailure(error);
    const atMs = home.invocation.io.clock();
    return { note: { atMs, text: `${message}\n${suggestion}`, tone: "bad" } };
  }
}

/** The question whether to buy it, with its price, and the most that it then costs: its own bid, or a tenth above the price. */
async function rerunQuestion(
  jobId: string,
  { invocation, config, store }: Home,
): Promise<Asked> {
  const { jobRerun } = await import("../job/job_rerun.ts");
  const { flagsOfRequest } = await import("../job/request_flags.ts");
  const written: Uint8Array<ArrayBuffer>[] = [];
  const sink = (keep: boolean) => ({
    isTerminal: false,
    write(bytes: Uint8Array) {
      if (keep) written.push(new Uint8Array(bytes));
      return Promise.resolve();
    },
  });
  const io = { ...invocation.io, stdout: sink(true), stderr: sink(false), askSecret: undefined };
  const output = new Output(io, { mode: "json", quiet: true, verbose: false });
  await jobRerun({
    ...invocation,
    io,
    output,
    args: invocation.args.with("id", jobId),
    globals: { ...invocation.globals, dryRun: true },
  });
  await output.flush();
  const plan = JSON.parse(await new Blob(written).text()) as Readonly<Record<string, unknown>>;
  const { total_units: total } = plan;
  if (typeof total !== "string") {
    throw new CommandError(
      "no_price",
      `${jobId} has no price now`,
      "see 'crosstown job rerun --dry-run'",
    );
  }
  const units = BigInt(total);
  const row = await store.getJob(jobId);
  const bidUnits = row === null ? null : flagsOfRequest(config, row, null).bidUnits;
  const mostUnits = bidUnits ?? units + (units + SLACK - 1n) / SLACK;
  const [price, most] = [units, mostUnits].map((each) => formatUnits(each, config.profile.asset));
  return {
    text: `buy ${jobId} again for ${price}, at most ${most}?`,
    effect: { do: "rerun", jobId, mostUnits },
  };
}
