/**
 * Pays a quote that a provider gave on a relay, for a job that was asked for without a payment. One commit states what is paid and puts the
 * payment into the outbox, so a quote is paid once, however often and by however many commands that is asked for.
 *
 * @see docs/money.md#quotes
 * @module
 */
import { parseEvent } from "../protocols/nostr/event.ts";
import { readQuote } from "../protocols/nostr/job_quote.ts";
import { isUnpaid } from "../protocols/job_status.ts";
import { decodeDocument } from "../protocols/toon/decode.ts";
import type { ChangeContext } from "./change_context.ts";
import { amount, text, whole } from "./checks.ts";
import { meterChange } from "./first_meter.ts";
import { patchJob } from "./job_changes.ts";
import { JOBS } from "./job_tables.ts";
import { applyMeter } from "./meters.ts";
import { addOutbox } from "./outbox.ts";
import type { PayQuote } from "./quote_row.ts";
import { quoteOf } from "./quotes.ts";
import { StoreError } from "./store_error.ts";

/** Pays it. `conflict` if the job is paid, or is being paid, or is over, or if its quote is another one or has expired. */
export function payQuote(context: ChangeContext, change: PayQuote): void {
  const { db } = context;
  const jobId = text("jobId", change.jobId);
  const atMs = whole("atMs", change.atMs);
  amount("amountUnits", change.amountUnits);
  const found = db.get("SELECT * FROM jobs WHERE job_id = ? AND role = 'buyer'", jobId);
  const job = found === null ? null : JOBS.row(found);
  const stored = job === null ? null : quoteOf(db, job.eventId);
  if (job === null || stored === null) {
    throw new StoreError("conflict", `job ${jobId} has no quote to pay`);
  }
  if (!isUnpaid(job.status) || job.jobPaid || job.amountUnits > 0n || change.amountUnits === 0n) {
    throw new StoreError("conflict", `job ${jobId} is not waiting for a payment`);
  }
  const signed = parseEvent(decodeDocument(stored.quote).event);
  const quote = readQuote(signed);
  if (signed.id !== change.quoteId || quote.validUntilS * 1_000 <= atMs) {
    throw new StoreError("conflict", `the quote of job ${jobId} is another one, or has expired`);
  }
  const { amountUnits } = change;
  const { provider } = quote;
  if (quote.mode === "metered") {
    applyMeter(context, meterChange(quote, "buyer", atMs, whole("increments", change.increments)));
  }
  const clear = { errorCode: null, errorMessage: null };
  patchJob(context, jobId, "buyer", { amountUnits, provider, updatedAtMs: atMs, ...clear });
  addOutbox(context, {
    jobId,
    purpose: "job",
    event: job.request,
    destination: quote.ilpAddress,
    terminalPubkey: provider,
    amountUnits,
    createdAtMs: atMs,
  });
}
