/**
 * `crosstown job pay`: pays the quote that a provider gave on a relay (job_pay_quote.ts), or buys the key to a sealed result that came when
 * its job had ended.
 *
 * @see docs/money.md#a-result-after-the-end-of-its-job
 * @module
 */
import { checkJobTotal, jobBudget, providersAtLimit } from "../../market/job_budget.ts";
import { isEnded } from "../../protocols/job_status.ts";
import { formatUnits } from "../../protocols/ilp/asset.ts";
import { checkBalance } from "../../shell/auto_deposits.ts";
import type { Invocation } from "../../shell/command.ts";
import { CommandError } from "../../shell/errors.ts";
import { dryRunState } from "../../shell/home/dry_run_state.ts";
import { openHomeClient } from "../../shell/home/home_client.ts";
import { configOf } from "../../shell/home/load_config.ts";
import { networkNamed, noteJobNetwork } from "../../shell/home/money_banner.ts";
import { limitsOf } from "../../shell/home/home_about.ts";
import type { SealedRow } from "../../store/sealed_row.ts";
import type { Store } from "../../store/store.ts";
import type { JobRow } from "../../store/job_row.ts";
import { findJob } from "./find_job.ts";
import { offeredQuote, payOfferedQuote } from "./job_pay_quote.ts";
import { factsOf } from "./job_facts.ts";

/** Pays, within the limits of the home. Exit 1 if the provider was not paid, or if the result is not open afterwards. */
export async function jobPay(invocation: Invocation): Promise<number> {
  const { args, options, io, globals, output } = invocation;
  const config = await configOf(invocation);
  const row = await findJob(config, args.required("id"));
  await noteJobNetwork(output, config, row.jobId);
  await using state = await dryRunState(config, globals);
  await using home = await openHomeClient(invocation, state.config, {
    buys: true,
    sends: !globals.dryRun,
  });
  const offered = await home.read((store) => offeredQuote(store, row));
  const named = options.text("quote");
  if (named !== undefined && offered?.quoteId !== named) {
    throw new CommandError(
      "other_quote",
      `job ${row.jobId} waits for no payment by quote ${named}`,
      `'crosstown job status ${row.jobId}' shows its payment`,
    );
  }
  if (offered !== null) return await payOfferedQuote(invocation, config, home, row, offered);
  const { asset } = config.profile;
  const limits = limitsOf(home.about, asset);
  const before = await home.read(async (store) => {
    const sale = await waitingSale(store, row);
    checkJobTotal(row.writeUnits + row.amountUnits + sale.restUnits, limits);
    const { providers: paid } = await jobBudget(limits, store, io.clock).today([sale.party]);
    const paidUnits = paid[sale.party] ?? 0n;
    if (paidUnits + sale.restUnits > limits.providerDayUnits) {
      const over = { provider: sale.party, paidUnits, priceUnits: sale.restUnits };
      throw providersAtLimit(over, limits);
    }
    await checkBalance(config, store, sale.restUnits, io.clock());
    return sale;
  });
  if (!globals.dryRun) await home.payKey({ jobId: row.jobId, atMs: io.clock() });
  const [after, sale] = await home.read((store) =>
    Promise.all([store.getJob(row.jobId, "buyer"), store.sealedOf(row.eventId, "buyer")])
  );
  const job = after ?? row;
  const { state: key } = sale ?? before;
  const document = {
    ...globals.dryRun && { dry_run: true },
    job_id: job.jobId,
    event_id: job.eventId,
    provider: before.party,
    status: job.status,
    key,
    rest_units: before.restUnits,
    paid_units: job.writeUnits + job.amountUnits,
    error: key === "opened" || job.errorCode === null
      ? null
      : { code: job.errorCode, message: job.errorMessage ?? "" },
  };
  const shown = networkNamed(config, (await factsOf(config, job)).network).asset;
  const rest = formatUnits(before.restUnits, shown);
  await output.document(
    "job-pay",
    document,
    () =>
      globals.dryRun
        ? `Would pay ${before.party} ${rest} for the key to the result of ${job.jobId}`
        : key === "opened"
        ? `${job.jobId}: the key was paid (${rest}); 'crosstown job results ${job.jobId}' prints the result`
        : `${job.jobId}: the key is not here: ${job.errorMessage ?? "no answer yet"}`,
  );
  return globals.dryRun || key === "opened" ? 0 : 1;
}

/** The sale of a job that has ended. Throws CommandError `not_sealed`, `already_paid` and `job_open`. */
async function waitingSale(
  store: Pick<Store, "sealedOf">,
  { jobId, eventId, role, status, jobPaid }: JobRow,
): Promise<SealedRow> {
  const sale = role === "buyer" ? await store.sealedOf(eventId, "buyer") : null;
  const look = `'crosstown job status ${jobId}' shows its payment`;
  if (sale === null && jobPaid) {
    throw new CommandError("already_paid", `job ${jobId} was paid before`, look);
  }
  if (sale === null) {
    throw new CommandError("not_sealed", `job ${jobId} has no sealed result to pay for`, look);
  }
  if (sale.state !== "waiting") {
    throw new CommandError("already_paid", `the key of job ${jobId} was paid before`, look);
  }
  if (!isEnded(status)) {
    throw new CommandError("job_open", `job ${jobId} pays for its key by itself`, look);
  }
  return sale;
}
