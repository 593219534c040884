/**
 * The part of skillSink that stores the Lightning invoice of a provider's answer, in the commit that accepts the answer.
 *
 * @module
 */
import type { Change } from "../store/store.ts";
import type { JobRow } from "../store/job_row.ts";
import type { Item } from "./stage.ts";

/** The change; none if the answer has no invoice, or if the job is paid over ILP. */
export function invoiceChange({ known }: Item, job: JobRow, atMs: number): Change[] {
  if (known.invoice === undefined || job.jobPaid || job.amountUnits > 0n) return [];
  return [{
    op: "putInvoice",
    row: {
      eventId: job.eventId,
      role: "buyer",
      jobId: job.jobId,
      invoice: String(known.invoice),
      paymentHash: String(known.invoice_hash),
      amountMsats: BigInt(known.invoice_msats ?? 0),
      feesMsats: null,
      state: "due",
      code: null,
      preimage: null,
      expiresAtS: Number(known.invoice_expires_s),
      atMs,
      sentAtMs: null,
    },
  }];
}
