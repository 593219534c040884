/**
 * `crosstown job pause`, `job resume` and `job top-up`: what a buyer changes of a job that is paid while it runs.
 *
 * @see docs/money.md#pauses
 * @module
 */
import type { Config } from "../../config/config.ts";
import type { ProviderTold } from "../../home/client/home_api.ts";
import { checkJobTotal, jobBudget, providersAtLimit } from "../../market/job_budget.ts";
import { InputError } from "../../market/packing/input_error.ts";
import { isEnded } from "../../protocols/job_status.ts";
import { formatUnits } from "../../protocols/ilp/asset.ts";
import { parseEvent } from "../../protocols/nostr/event.ts";
import { mostIncrements, readQuote } from "../../protocols/nostr/job_quote.ts";
import { coveredIncrements } from "../../protocols/nostr/metered.ts";
import { decodeDocument } from "../../protocols/toon/decode.ts";
import { checkBalance } from "../../shell/auto_deposits.ts";
import type { Invocation } from "../../shell/command.ts";
import { CommandError, UsageError } from "../../shell/errors.ts";
import { type HomeClient, openHomeClient } from "../../shell/home/home_client.ts";
import { configOf } from "../../shell/home/load_config.ts";
import { networkNamed, noteJobNetwork } from "../../shell/home/money_banner.ts";
import { readStore } from "../../shell/home/read_store.ts";
import { dryRunState } from "../../shell/home/dry_run_state.ts";
import { limitsOf } from "../../shell/home/home_about.ts";
import type { JobRow } from "../../store/job_row.ts";
import { findJob } from "./find_job.ts";
import { type PaymentDocument, paymentOf } from "./job_payment.ts";
import { factsOf } from "./job_facts.ts";

/** A job that is paid while it runs, and its payment. */
interface Metered {
  readonly row: JobRow;
  readonly payment: Required<Pick<PaymentDocument, MeteredField>> & Bought;
}
type MeteredField =
  | "increments"
  | "most_increments"
  | "increment_units"
  | "max_loss_units"
  | "paused";

/** What an increment buys: one of the first two. */
type Bought = Pick<PaymentDocument, "increment_s" | "increment_kib" | "received_bytes">;

/** Pauses the job, or lets it go on. Exit 1 if the job is not metered, or has ended. */
export async function jobTurn(invocation: Invocation, paused: boolean): Promise<number> {
  const config = await configOf(invocation);
  const { row } = await meteredJob(config, invocation.args.required("id"));
  await noteJobNetwork(invocation.output, config, row.jobId);
  let told: ProviderTold | null = null;
  if (!invocation.globals.dryRun) {
    await using home = await openHomeClient(invocation, config, { opens: "home_or_store" });
    told = await home.turnJob({ jobId: row.jobId, paused, atMs: invocation.io.clock() });
  }
  return await show(invocation, config, row.jobId, { told, ...told === null && { paused } });
}

/** Raises the job's bid. Exit 1 if the job is not metered, has ended, or if a limit does not allow it. */
export async function jobTopUp(invocation: Invocation): Promise<number> {
  const config = await configOf(invocation);
  const { asset } = config.profile;
  const bidUnits = invocation.options.amount("bid", asset);
  if (bidUnits === undefined) {
    throw new UsageError("--bid is missing", "name the new bid for the job");
  }
  const metered = await meteredJob(config, invocation.args.required("id"));
  const { row } = metered;
  await noteJobNetwork(invocation.output, config, row.jobId);
  await using state = await dryRunState(config, invocation.globals);
  await using home = await openHomeClient(invocation, state.config, { opens: "home_or_store" });
  const most = await allowed(invocation, config, home, metered, bidUnits);
  if (!invocation.globals.dryRun) {
    await home.topUpJob({ jobId: row.jobId, most, atMs: invocation.io.clock() });
  }
  return await show(invocation, config, row.jobId, { told: null, most });
}

/** The most increments that the new bid covers. Throws InputError `bid_too_low` and `ceiling`. */
async function allowed(
  { io }: Invocation,
  config: Config,
  home: HomeClient,
  { row, payment }: Metered,
  bidUnits: bigint,
): Promise<number> {
  const { asset } = config.profile;
  const limits = limitsOf(home.about, asset);
  const provider = row.provider ?? "";
  return await home.read(async (store) => {
    const quoted = await store.quoteOf(row.eventId);
    const quote = readQuote(parseEvent(decodeDocument(quoted!.quote).event));
    const { increment_units: incrementUnits, most_increments: before, increments: paid } = payment;
    const covered = coveredIncrements(
      bidUnits - row.writeUnits,
      incrementUnits,
      mostIncrements(quote),
    );
    if (covered <= before) {
      const least = row.writeUnits + incrementUnits * BigInt(before + 1);
      throw new InputError(
        "bid_too_low",
        before >= mostIncrements(quote)
          ? `job ${row.jobId} may be paid until its time limit already`
          : `job ${row.jobId} may cost as much already`,
        { suggestion: `one increment more needs a bid of ${formatUnits(least, asset)}` },
      );
    }
    const restUnits = incrementUnits * BigInt(covered - paid);
    checkJobTotal(row.writeUnits + incrementUnits * BigInt(covered), limits);
    const { providers: spent } = await jobBudget(limits, store, io.clock).today([provider]);
    const paidUnits = spent[provider] ?? 0n;
    if (paidUnits + restUnits > limits.providerDayUnits) {
      throw providersAtLimit({ provider, paidUnits, priceUnits: restUnits }, limits);
    }
    await checkBalance(config, store, restUnits, io.clock());
    return covered;
  });
}

async function meteredJob(config: Config, id: string): Promise<Metered> {
  const row = await findJob(config, id);
  await using store = await readStore(config);
  const payment = row.role === "buyer" ? await paymentOf(store, row) : null;
  if (payment === null || !isMetered(payment)) {
    throw new CommandError(
      "not_metered",
      `job ${row.jobId} is not paid while it runs`,
      "only a job that was bought with 'crosstown job submit TYPE --payment metered' can be paused and topped up",
    );
  }
  if (isEnded(row.status)) {
    throw new CommandError(
      "job_over",
      `job ${row.jobId} has already ended: ${row.status}`,
      `'crosstown job status ${row.jobId}' shows its outcome`,
    );
  }
  return { row, payment };
}

function isMetered(payment: PaymentDocument): payment is PaymentDocument & Metered["payment"] {
  return payment.mode === "metered" && payment.increment_units !== undefined;
}

/** Prints the meter as it is, or with `most` or `paused` as it would be. */
async function show(
  { output, globals }: Invocation,
  config: Config,
  jobId: string,
  { told, most, paused }: {
    readonly told: ProviderTold | null;
    readonly most?: number;
    readonly paused?: boolean;
  },
): Promise<number> {
  const row = await findJob(config, jobId);
  await using store = await readStore(config);
  const payment = await paymentOf(store, row) as PaymentDocument & Metered["payment"];
  const { asset } = networkNamed(config, (await factsOf(config, row)).network);
  const count = most ?? payment.most_increments;
  const document = {
    ...globals.dryRun && { dry_run: true },
    job_id: row.jobId,
    event_id: row.eventId,
    provider: row.provider,
    state: (paused ?? payment.paused) ? "paused" : "running",
    provider_told: told,
    increments: payment.increments,
    most_increments: count,
    increment_units: payment.increment_units,
    ...boughtOf(payment),
    most_units: row.writeUnits + payment.increment_units * BigInt(count),
    max_loss_units: payment.max_loss_units,
  };
  const text = (units: bigint) => formatUnits(units, asset);
  await output.document("job-meter", document, () =>
    [
      `${row.jobId} ${globals.dryRun ? "would be" : "is"} ${document.state}${
        told === null ? "" : TOLD_WORDS[told]
      }`,
      `  paid      ${payment.increments} of at most ${count} increments of ${
        boughtWords(payment)
      }, ${text(payment.increment_units)} each`,
      `  at most   ${text(document.most_units)} in all, ${
        text(payment.max_loss_units)
      } at risk at a time`,
    ].join("\n"));
  return 0;
}

function boughtOf({ increment_s, increment_kib, received_bytes }: Bought): Bought {
  return increment_kib === undefined ? { increment_s } : { increment_kib, received_bytes };
}

function boughtWords({ increment_s, increment_kib }: Bought): string {
  return increment_kib === undefined ? `${increment_s} s` : `${increment_kib} KiB`;
}

const TOLD_WORDS: Readonly<Record<ProviderTold, string>> = {
  told: "; its provider confirmed it",
  queued: "; its provider has not confirmed it yet: the next process of this home tells it",
  not_needed: "",
};
