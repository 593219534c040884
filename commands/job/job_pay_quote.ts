/**
 * The part of `crosstown job pay` that pays the quote which a provider gave on a relay.
 *
 * @see docs/money.md#quotes
 * @module
 */
import type { Config } from "../../config/config.ts";
import {
  checkJobTotal,
  checkOnePayment,
  jobBudget,
  providersAtLimit,
  strangersAtLimit,
} from "../../market/job_budget.ts";
import { checkOfferedQuote } from "../../market/quotes/check_quote.ts";
import { StrangersRoom } from "../../money/payer/strangers_room.ts";
import { grossTo } from "../../protocols/ilp/fee.ts";
import { formatUnits } from "../../protocols/ilp/asset.ts";
import { isUnpaid } from "../../protocols/job_status.ts";
import { parseEvent } from "../../protocols/nostr/event.ts";
import {
  mostIncrements,
  type Quote,
  QuoteError,
  readQuote,
} from "../../protocols/nostr/job_quote.ts";
import { decodeDocument } from "../../protocols/toon/decode.ts";
import { checkBalance } from "../../shell/auto_deposits.ts";
import type { Invocation } from "../../shell/command.ts";
import { CommandError } from "../../shell/errors.ts";
import type { HomeClient } from "../../shell/home/home_client.ts";
import { limitsOf } from "../../shell/home/home_about.ts";
import type { JobRow } from "../../store/job_row.ts";
import type { Store } from "../../store/store.ts";

/** A stored quote that waits for its payment. */
interface Offered {
  readonly quoteId: string;
  readonly quote: Quote;
}

/** The quote that a job could be paid by. Null if its provider gave none, or if the job was planned with a payment. */
export async function offeredQuote(
  store: Pick<Store, "quoteOf">,
  { role, eventId, amountUnits }: JobRow,
): Promise<Offered | null> {
  const stored = role !== "buyer" || amountUnits > 0n ? null : await store.quoteOf(eventId);
  if (stored === null) return null;
  const signed = parseEvent(decodeDocument(stored.quote).event);
  return { quoteId: signed.id, quote: readQuote(signed) };
}

/** Pays it, within the limits of the home. Exit 1 if the provider was not paid. Throws CommandError and InputError before anything is paid. */
export async function payOfferedQuote(
  { io, globals, output }: Invocation,
  config: Config,
  home: HomeClient,
  row: JobRow,
  { quoteId, quote }: Offered,
): Promise<number> {
  const { jobId } = row;
  const nowMs = io.clock();
  checkQuote(config, row, quote, nowMs);
  const { asset, hopFees = [] } = config.profile;
  const gross = (units: bigint) => grossTo(quote.ilpAddress, units, hopFees);
  const increments = quote.mode === "metered" ? mostIncrements(quote) : 1;
  const sentUnits = gross(quote.depositUnits);
  const totalUnits = quote.mode === "metered"
    ? sentUnits * BigInt(increments)
    : gross(quote.priceUnits);
  await home.read(async (store) => {
    const limits = limitsOf(home.about, asset);
    checkJobTotal(row.writeUnits + totalUnits, limits);
    checkOnePayment(sentUnits, limits);
    const { provider } = quote;
    const today = await jobBudget(limits, store, io.clock).today([provider]);
    const paidUnits = today.providers[provider] ?? 0n;
    if (paidUnits + totalUnits > limits.providerDayUnits) {
      throw providersAtLimit({ provider, paidUnits, priceUnits: totalUnits }, limits);
    }
    const above = new StrangersRoom(limits.strangersDayUnits, today).over(provider, sentUnits);
    if (above !== null) throw strangersAtLimit(provider, above, limits);
    await checkBalance(config, store, sentUnits, nowMs);
  });
  if (!globals.dryRun) {
    await home.payQuote({ jobId, quoteId, amountUnits: sentUnits, increments, atMs: nowMs });
  }
  const job = await home.read((store) => store.getJob(jobId, "buyer")) ?? row;
  const error = globals.dryRun || job.errorCode === null
    ? null
    : { code: job.errorCode, message: job.errorMessage ?? "" };
  const text = (units: bigint) => formatUnits(units, asset);
  await output.document(
    "job-pay-quote",
    {
      ...globals.dryRun && { dry_run: true },
      job_id: jobId,
      event_id: job.eventId,
      provider: quote.provider,
      status: job.status,
      quote_id: quoteId,
      mode: quote.mode,
      price_units: totalUnits,
      sent_units: sentUnits,
      paid: job.jobPaid,
      error,
    },
    () => {
      const price = sentUnits === totalUnits
        ? text(totalUnits)
        : `${text(sentUnits)} of ${text(totalUnits)}`;
      if (globals.dryRun) return `Would pay ${quote.provider} ${price} by quote ${quoteId}`;
      return job.jobPaid
        ? `${jobId}: paid ${price} by quote ${quoteId}; 'crosstown job wait ${jobId}' prints the result`
        : `${jobId}: not paid: ${job.errorMessage ?? "no answer yet"}`;
    },
  );
  return globals.dryRun || job.jobPaid ? 0 : 1;
}

/** Throws CommandError if this home would not pay the quote: nothing of it may have changed since it was stored, and it must be valid. */
function checkQuote(
  config: Config,
  { jobId, eventId, status, jobPaid, request }: JobRow,
  quote: Quote,
  nowMs: number,
): void {
  const { asset, chain, connectorBtp } = config.profile;
  const look = `'crosstown job status ${jobId}' shows its quote`;
  if (connectorBtp === null) {
    throw new CommandError("no_connector", "this network has no connector to pay over", look);
  }
  if (jobPaid || !isUnpaid(status)) {
    throw new CommandError(
      "not_payable",
      `job ${jobId} is not waiting for a payment: ${status}`,
      look,
    );
  }
  // The request is stored without its id, which the row has.
  const asked = { ...JSON.parse(new TextDecoder().decode(request)), id: eventId };
  try {
    checkOfferedQuote(quote, {
      request: asked,
      provider: quote.provider,
      ilpAddress: quote.ilpAddress,
      asset,
      chain,
      nowS: Math.floor(nowMs / 1_000),
    });
  } catch (error) {
    if (!(error instanceof QuoteError)) throw error;
    throw new CommandError(
      error.code,
      `job ${jobId}: ${error.message}`,
      `give the job again: 'crosstown job rerun ${jobId}'`,
    );
  }
}
