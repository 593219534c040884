/**
 * Asks a customer of another program for a payment over Lightning: the feedback with the invoice, and the rows of the job and its invoice,
 * which are committed with it. The job runs when the invoice was paid.
 *
 * @see docs/money.md#lightning
 * @module
 */
import type { NostrEvent, UnsignedEvent } from "../protocols/nostr/event.ts";
import type { Change } from "../store/store.ts";
import { allowsMode } from "./announcement.ts";
import { type AdmissionRules, admit, providerRow } from "./admission.ts";
import type { InvoiceMaker } from "./lightning/make_invoice.ts";
import type { openRequest } from "./private_request.ts";
import { invoiceTemplate, type RespondOptions } from "./respond.ts";

/** How a provider takes Lightning. */
export interface InvoicePrice {
  readonly maker: InvoiceMaker;
  /** The price of every job, in millisatoshis. */
  readonly msats: bigint;
}

/** What to publish, and the rows that must be durable before. */
export interface InvoiceQuote {
  readonly event: UnsignedEvent;
  readonly changes: readonly Change[];
}

/** A request that is to be paid. */
interface AskedRequest {
  readonly event: NostrEvent;
  /** As it was received. */
  readonly bytes: Uint8Array;
  /** The decrypted form, where it is encrypted. */
  readonly open: Awaited<ReturnType<typeof openRequest>>;
  readonly jobId: string;
}

const EXPIRY_S = 600;

/** Makes it. Null if the request is not accepted any more. Rejects if the wallet makes no invoice. */
export async function invoiceQuote(
  { maker, msats }: InvoicePrice,
  { event, bytes, open, jobId }: AskedRequest,
  rules: AdmissionRules,
  options: RespondOptions,
  nowMs: number,
): Promise<InvoiceQuote | null> {
  const admission = admit(event, bytes.length, rules, nowMs, open);
  if ("fault" in admission) return null;
  const price = rules.prices.find(({ kind }) => kind === event.kind);
  if (price !== undefined && !allowsMode(price, "lightning")) return null;
  const row = providerRow(admission, bytes.slice(), jobId, false, rules, nowMs);
  const made = await maker.makeInvoice({
    amountMsats: msats,
    description: `job ${event.id}`,
    expiryS: Math.min(EXPIRY_S, row.timeoutS),
  });
  return {
    event: invoiceTemplate(event, { msats, invoice: made.invoice }, options),
    changes: [
      { op: "putJob", row: { ...row, status: "quoted" }, expect: "absent" },
      {
        op: "putInvoice",
        row: {
          eventId: event.id,
          role: "provider",
          jobId,
          ...made,
          amountMsats: msats,
          feesMsats: null,
          state: "due",
          code: null,
          preimage: null,
          atMs: nowMs,
          sentAtMs: null,
        },
      },
    ],
  };
}
