/**
 * The facts about the invoice in a provider's answer, for the stage that stores it. Pure.
 *
 * @module
 */
import { InvoiceError, readInvoice } from "../protocols/lightning/bolt11.ts";
import type { JobAmount } from "../protocols/nostr/job_tags.ts";

/** More millisatoshis than exist. An amount above it is no price, and has more digits than a row can hold. */
const MOST_MSATS = 2n ** 64n;

/** Facts `invoice`, `invoice_msats`, `invoice_hash` and `invoice_expires_s`; none if the amount has no invoice that can be read. */
export function invoiceFacts(
  amount: JobAmount | undefined,
): Readonly<Record<string, string | number>> {
  if (amount?.bolt11 === undefined || amount.value === 0n || amount.value > MOST_MSATS) return {};
  try {
    const { paymentHash, expiresAtS } = readInvoice(amount.bolt11);
    return {
      invoice: amount.bolt11,
      invoice_msats: String(amount.value),
      invoice_hash: paymentHash,
      invoice_expires_s: expiresAtS,
    };
  } catch (error) {
    if (!(error instanceof InvoiceError)) throw error;
    return {};
  }
}
