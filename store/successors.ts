/**
 * The quote of a provider that was asked next. One commit stores the quote, the meter of a metered job, and what is paid; so a crash leaves
 * a provider that is asked again, or one that is paid by its quote.
 *
 * @module
 */
import { isEnded, type JobStatus } from "../protocols/job_status.ts";
import { quotedPrice, risksNoMore } from "../protocols/nostr/announced_price.ts";
import { amount, text } from "./checks.ts";
import type { ChangeContext } from "./change_context.ts";
import type { QuoteSuccessor } from "./job_attempt_row.ts";
import { patchJob } from "./job_changes.ts";
import { askedNext, leftForSuccessor } from "./job_failover.ts";
import { meterChange } from "./first_meter.ts";
import { applyMeter } from "./meters.ts";
import { putQuote } from "./quotes.ts";
import { StoreError } from "./store_error.ts";

/** Stores it. `conflict` if the job has another request now or has ended, or if the quote costs more than is left, or too much of it at once. */
export function quoteSuccessor(context: ChangeContext, change: QuoteSuccessor): void {
  const { db } = context;
  const [jobId, eventId] = [text("jobId", change.jobId), text("eventId", change.eventId)];
  const job = db.get(
    "SELECT status, event_id FROM jobs WHERE job_id = ? AND role = 'buyer'",
    jobId,
  );
  if (job?.event_id !== eventId || isEnded(job.status as JobStatus)) {
    throw new StoreError("conflict", `job ${jobId} is over or has another request now`);
  }
  const leftUnits = leftForSuccessor(db, jobId);
  const { totalUnits } = change;
  amount("totalUnits", totalUnits);
  if (leftUnits === null || change.amountUnits > totalUnits || totalUnits > leftUnits) {
    throw new StoreError("conflict", `the quote costs ${totalUnits}, and ${leftUnits} are left`);
  }
  const { bytes, quote, increments, amountUnits, atMs } = change;
  const { announced } = askedNext(db, jobId) ?? {};
  if (!risksNoMore(quote, announced, leftUnits)) {
    throw new StoreError("conflict", "the quote asks for too much before the job runs");
  }
  const row = { eventId, quote: bytes, condition: quote.condition, atMs };
  const price = announced === undefined
    ? null
    : quotedPrice(announced, quote, Math.floor(atMs / 1_000));
  putQuote(context, { op: "putQuote", row, price });
  if (quote.mode === "metered") {
    applyMeter(context, meterChange(quote, "buyer", atMs, increments));
  }
  patchJob(context, jobId, "buyer", { amountUnits });
  db.run(
    `UPDATE outbox SET amount_units = ? WHERE job_id = ? AND state = 'pending' AND purpose = 'job'
       AND event = (SELECT request FROM jobs WHERE job_id = ? AND role = 'buyer')`,
    String(amountUnits),
    jobId,
    jobId,
  );
}
