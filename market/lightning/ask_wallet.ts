/**
 * Asks the wallet about an invoice.
 *
 * @module
 */
import { reached } from "../../base/crash_point.ts";
import { messageOf } from "../../base/thrown.ts";
import type { WalletAnswer } from "../../protocols/nostr/wallet_connect.ts";
import type { InvoiceRow } from "../../store/invoice_row.ts";
import type { InvoiceWorkDeps } from "./invoice_deps.ts";

const PAY_MS = 45_000;
const LOOKUP_MS = 15_000;

/** Asks the wallet. Without an answer, the next step is to ask what became of the payment. */
export async function askWallet<Step>(
  { wallet, log }: InvoiceWorkDeps,
  { invoice, paymentHash, jobId }: InvoiceRow,
  signal: AbortSignal,
  method: "pay_invoice" | "lookup_invoice",
  next: (answer: WalletAnswer) => Step,
): Promise<Step | { readonly do: "ask"; readonly code: string }> {
  const params: Record<string, string> = method === "pay_invoice"
    ? { invoice }
    : { payment_hash: paymentHash };
  const limit = AbortSignal.timeout(method === "pay_invoice" ? PAY_MS : LOOKUP_MS);
  reached("lightning.before_ask");
  try {
    const answer = await wallet.ask(method, params, AbortSignal.any([signal, limit]));
    reached("lightning.answered");
    return next(answer);
  } catch (error) {
    if (!signal.aborted) {
      const reason = messageOf(error);
      log("warn", "the Lightning wallet gave no answer", { job_id: jobId, method, reason });
    }
    return { do: "ask", code: "no_answer" };
  }
}
