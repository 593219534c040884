/**
 * `crosstown job cancel`: ends a job, tells its provider to stop, and says what is lost.
 *
 * @module
 */
import type { Config } from "../../config/config.ts";
import { cancelPriceUnits } from "../../market/cancel_price.ts";
import type { ProviderTold } from "../../home/client/home_api.ts";
import { isEnded } from "../../protocols/job_status.ts";
import type { JobRow } from "../../store/job_row.ts";
import { type Asset, formatUnits } from "../../protocols/ilp/asset.ts";
import type { Invocation } from "../../shell/command.ts";
import { CommandError } from "../../shell/errors.ts";
import { factsOf, type JobFacts } from "./job_facts.ts";
import { jobDocument, jobText } from "./job_report.ts";
import { configOf } from "../../shell/home/load_config.ts";
import { networkNamed, noteJobNetwork } from "../../shell/home/money_banner.ts";
import { readStore } from "../../shell/home/read_store.ts";
import { openHomeClient } from "../../shell/home/home_client.ts";

/** Cancels a job. Exit 1 if the job has ended already. */
export async function jobCancel(invocation: Invocation): Promise<number> {
  const { args, io, output } = invocation;
  const config = await configOf(invocation);
  const before = await openJob(config, args.required("id"));
  await noteJobNetwork(output, config, before.jobId);
  if (invocation.globals.dryRun) return await showPlan(invocation, config, before);
  const provider = await cancel(invocation, config, before.jobId);
  const row = await readJob(config, before.jobId) ?? before;
  const facts = await factsOf(config, row);
  const lost = lostOf(row, facts);
  const paidBeside = { writeUnits: facts.unsettled_write_units };
  const document = {
    ...jobDocument(row, null, io.clock(), paidBeside),
    provider_told: provider,
    lost,
  };
  const { asset } = networkNamed(config, facts.network);
  const text = () =>
    [
      jobText(document, asset),
      lostText(lost, asset),
      `  provider  ${TOLD_WORDS[provider]}`,
    ].join("\n");
  await output.document("job-cancel", document, text);
  return 0;
}

/** Prints what the buyer would lose by cancelling now, and what the write that tells the provider costs. */
async function showPlan(
  { io, output }: Invocation,
  config: Config,
  row: JobRow,
): Promise<number> {
  const facts = await factsOf(config, row);
  const paidBeside = { writeUnits: facts.unsettled_write_units };
  const priceUnits = cancelPriceUnits(row, config.profile, io.clock());
  const document = {
    dry_run: true,
    ...jobDocument(row, null, io.clock(), paidBeside),
    lost: lostOf(row, facts),
    cancel_units: priceUnits,
  };
  const { asset } = networkNamed(config, facts.network);
  await output.document(
    "job-cancel",
    document,
    () =>
      [
        `Would give up ${row.jobId}`,
        jobText(document, asset),
        lostText(document.lost, asset),
        priceUnits === 0n
          ? "  costs     nothing: no write is paid on this network"
          : `  costs     at most ${
            formatUnits(priceUnits, asset)
          }, for the write that tells the provider to stop`,
      ].join("\n"),
  );
  return 0;
}

async function openJob(config: Config, id: string): Promise<JobRow> {
  const row = await readJob(config, id);
  if (row === null) {
    throw new CommandError(
      "not_found",
      `there is no job ${id} in this home`,
      "see 'crosstown job list'",
    );
  }
  if (isEnded(row.status)) {
    throw new CommandError(
      "job_over",
      `job ${row.jobId} has already ended: ${row.status}`,
      `'crosstown job status ${row.jobId}' shows its outcome`,
    );
  }
  return row;
}

async function readJob(config: Config, id: string): Promise<JobRow | null> {
  await using store = await readStore(config);
  return await store.getJob(id, "buyer");
}

async function cancel(
  invocation: Invocation,
  config: Config,
  jobId: string,
): Promise<ProviderTold> {
  await using home = await openHomeClient(invocation, config, { opens: "home_or_store" });
  return await home.cancelJob({ jobId, atMs: invocation.io.clock() });
}

/** What the buyer paid for a cancelled job. Amounts are units. */
interface Lost {
  readonly write_units: bigint;
  /** Paid to providers, who return nothing. */
  readonly job_units: bigint;
  /** Payments without an answer yet. The peers may have kept them. */
  readonly in_doubt_units: bigint;
}

function lostOf(
  row: JobRow,
  { tried, in_doubt_units, unsettled_write_units }: JobFacts,
): Lost {
  const before = tried.reduce((sum, { paid_units }) => sum + paid_units, 0n);
  return {
    write_units: row.writeUnits + unsettled_write_units,
    job_units: before + (row.jobPaid ? row.amountUnits : 0n),
    in_doubt_units,
  };
}

function lostText(lost: Lost, asset: Asset): string {
  const total = lost.write_units + lost.job_units;
  const doubt = lost.in_doubt_units === 0n
    ? ""
    : `, and at most ${
      formatUnits(lost.in_doubt_units, asset)
    } more whose payment has no answer yet`;
  return `  lost      ${formatUnits(total, asset)}: what was paid is not returned${doubt}`;
}

const TOLD_WORDS: Readonly<Record<ProviderTold, string>> = {
  told: "told to stop: the deletion of the request is on the relay",
  queued: "not told yet: the next process of this home sends the deletion",
  not_needed: "not told: nothing had been sent",
};
