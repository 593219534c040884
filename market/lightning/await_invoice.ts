/**
 * Looks whether a provider's invoice was paid. Its job runs from then on.
 *
 * @see docs/money.md#lightning
 * @module
 */
import { isOpen, isUnpaid } from "../../protocols/job_status.ts";
import type { WalletAnswer } from "../../protocols/nostr/wallet_connect.ts";
import type { InvoiceRow } from "../../store/invoice_row.ts";
import { askWallet } from "./ask_wallet.ts";
import { commitWithJob, move } from "./invoice_job.ts";
import { opens } from "./invoice_payment.ts";
import type { InvoiceWorkDeps } from "./invoice_deps.ts";

const FIRST_PAUSE_MS = 500;
const MAX_PAUSE_MS = 5_000;

/** Waits until the invoice is paid or has expired. */
export async function awaitInvoice(
  deps: InvoiceWorkDeps,
  row: InvoiceRow,
  signal: AbortSignal,
): Promise<void> {
  const { store, clock, log } = deps;
  for (let pauseMs = FIRST_PAUSE_MS;; pauseMs = Math.min(pauseMs * 1.5, MAX_PAUSE_MS)) {
    const step = await deps.aFew(async () =>
      signal.aborted ? null : await askWallet(
        deps,
        row,
        signal,
        "lookup_invoice",
        (answer) => settledIn(row, answer, clock()),
      )
    );
    if (signal.aborted || step === null) return;
    if (step.do === "settled") {
      await commitWithJob(
        store,
        row,
        [move(row, { state: "paid" })],
        (job) =>
          isOpen(job.status) && isUnpaid(job.status)
            ? { status: "paid", amountUnits: 0n, updatedAtMs: clock() }
            : null,
      );
      return log("info", "an invoice was paid to this provider", {
        job_id: row.jobId,
        msats: String(row.amountMsats),
        payment_hash: row.paymentHash,
      });
    }
    if (step.do === "expired") {
      const told = "its invoice expired unpaid";
      await commitWithJob(
        store,
        row,
        [move(row, { state: "failed", code: "invoice_expired" })],
        (job) =>
          isOpen(job.status) && isUnpaid(job.status)
            ? {
              status: "timeout",
              errorCode: "invoice_expired",
              errorMessage: told,
              updatedAtMs: clock(),
            }
            : null,
      );
      return;
    }
    await deps.pause(pauseMs, signal);
  }
}

/** A wallet may learn of a payment a moment after the invoice expired. */
const LATE_S = 60;

function settledIn(
  row: InvoiceRow,
  answer: WalletAnswer,
  nowMs: number,
): { readonly do: "settled" | "expired" | "wait" } {
  const over = nowMs / 1_000 > row.expiresAtS + LATE_S;
  if ("error" in answer) return { do: over ? "expired" : "wait" };
  const { state, settled_at: at, payment_hash: hash, preimage, amount } = answer.result;
  const settled = state === undefined ? typeof at === "number" && at > 0 : state === "settled";
  const right = hash === row.paymentHash &&
    (amount === undefined || Number(amount) >= Number(row.amountMsats)) &&
    (typeof preimage !== "string" || preimage === "" || opens(row.paymentHash, preimage));
  return { do: settled && right ? "settled" : over ? "expired" : "wait" };
}
