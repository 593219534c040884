/**
 * Pays one invoice of a buyer's job: checks it, tells the wallet, and asks the wallet until the outcome is known.
 *
 * @see docs/money.md#lightning
 * @module
 */
import { sha256 } from "@noble/hashes/sha2.js";
import { InvoiceError, readInvoice } from "../../protocols/lightning/bolt11.ts";
import { isEnded, isOpen, isUnpaid } from "../../protocols/job_status.ts";
import type { InvoiceRow } from "../../store/invoice_row.ts";
import { askWallet } from "./ask_wallet.ts";
import { misfitOf } from "./invoice_check.ts";
import { commitWithJob, move } from "./invoice_job.ts";
import { afterLookup, afterPay, type PaymentStep } from "./invoice_payment.ts";
import type { InvoiceWorkDeps } from "./invoice_deps.ts";

const FIRST_PAUSE_MS = 500;
const MAX_PAUSE_MS = 30_000;
/** How long the wallet is asked about an invoice that has expired. */
const DOUBT_S = 86_400;
const DAY_MS = 86_400_000;
/** A node may hold a payment for two weeks. An invoice may name a time of expiry that is centuries away. */
const LONGEST_S = 14 * 86_400;

/** The doubt about a payment that an earlier process began. */
const RESTARTED = "restarted";

/** Pays one invoice of a buyer's job, or goes on with its payment. */
export async function payInvoice(
  deps: InvoiceWorkDeps,
  row: InvoiceRow,
  signal: AbortSignal,
): Promise<void> {
  const { store, clock, log } = deps;
  let current = row;
  let step: PaymentStep = { do: "ask", code: RESTARTED };
  if (row.state === "due") {
    const sent = await deps.oneByOne(() => begin(deps, row));
    if (sent === null) return;
    current = sent;
    step = await paying(deps, current, true, signal);
  }
  for (let pauseMs = FIRST_PAUSE_MS;; pauseMs = Math.min(pauseMs * 2, MAX_PAUSE_MS)) {
    if (signal.aborted) return;
    if (step.do === "paid") return await paid(deps, current, step);
    if (step.do === "failed") return await close(deps, current, "failed", step);
    if (step.do === "pay") {
      // Nothing was paid, and no request is on its way. So what forbids a first payment forbids this one.
      const refused = await deps.oneByOne(() => refusalOf(deps, current));
      if (refused !== null) return await close(deps, current, "failed", refused);
      const sentAtMs = clock();
      await store.commit([move(current, { sentAtMs })]);
      current = { ...current, sentAtMs };
      step = await paying(deps, current, false, signal);
      continue;
    }
    if (clock() / 1_000 > Math.min(row.expiresAtS, row.atMs / 1_000 + LONGEST_S) + DOUBT_S) {
      log("warn", "an invoice's payment stays unknown", { job_id: row.jobId, code: step.code });
      return await store.commit([move(current, { state: "unknown", code: step.code })]);
    }
    if (step.code !== RESTARTED) {
      if (step.code !== current.code) {
        await store.commit([move(current, { code: step.code })]);
        current = { ...current, code: step.code };
      }
      await deps.pause(pauseMs, signal);
      if (signal.aborted) return;
    }
    step = await askWallet(
      deps,
      current,
      signal,
      "lookup_invoice",
      (answer) => afterLookup(current, answer, clock()),
    );
  }
}

/** Checks an invoice and makes its payment durable. Null if it is refused. Two at once could both fit into the rest of the day's limit. */
async function begin(deps: InvoiceWorkDeps, row: InvoiceRow): Promise<InvoiceRow | null> {
  const refused = await refusalOf(deps, row);
  if (refused !== null) {
    await close(deps, row, "refused", refused);
    return null;
  }
  const sentAtMs = deps.clock();
  await deps.store.commit([move(row, { state: "sent", sentAtMs })]);
  return { ...row, state: "sent", sentAtMs };
}

function paying(
  deps: InvoiceWorkDeps,
  row: InvoiceRow,
  first: boolean,
  signal: AbortSignal,
): Promise<PaymentStep> {
  return askWallet(deps, row, signal, "pay_invoice", (answer) => afterPay(row, answer, first));
}

/** Why a buyer's invoice is not paid; null if it is. What was sent for the invoice itself counts once. */
async function refusalOf(
  { store, rules, clock }: InvoiceWorkDeps,
  row: InvoiceRow,
): Promise<{ readonly code: string; readonly message: string } | null> {
  const job = await store.getJob(row.jobId, "buyer");
  // A good result may come before its payment.
  if (job === null || isEnded(job.status) && job.status !== "success") {
    return { code: "job_over", message: "its job has ended" };
  }
  const nowMs = clock();
  try {
    return misfitOf({
      invoice: readInvoice(row.invoice),
      askedMsats: row.amountMsats,
      descriptions: [
        row.eventId,
        hashOf(new TextEncoder().encode(row.eventId)),
        hashOf(job.request),
      ],
      todayMsats: await sentToday(store, row, nowMs),
      nowS: nowMs / 1_000,
    }, rules);
  } catch (error) {
    if (!(error instanceof InvoiceError)) throw error;
    return { code: error.code, message: error.message };
  }
}

async function sentToday(
  store: InvoiceWorkDeps["store"],
  { sentAtMs, amountMsats }: InvoiceRow,
  nowMs: number,
): Promise<bigint> {
  const sinceMs = nowMs - nowMs % DAY_MS;
  const sent = await store.invoicesSent(sinceMs);
  return sentAtMs !== null && sentAtMs >= sinceMs ? sent - amountMsats : sent;
}

function hashOf(bytes: Uint8Array): string {
  return sha256(bytes).toHex();
}

async function paid(
  { store, clock, log }: InvoiceWorkDeps,
  row: InvoiceRow,
  { preimage, feesMsats }: Extract<PaymentStep, { do: "paid" }>,
): Promise<void> {
  const patch = { state: "paid", code: null, preimage, feesMsats } as const;
  await commitWithJob(
    store,
    row,
    [move(row, patch)],
    (job) =>
      isOpen(job.status) && isUnpaid(job.status)
        ? { status: "paid", errorCode: null, errorMessage: null, updatedAtMs: clock() }
        : null,
  );
  log("info", "an invoice was paid", {
    job_id: row.jobId,
    msats: String(row.amountMsats),
    fees_msats: String(feesMsats),
    payment_hash: row.paymentHash,
  });
}

/** Ends an invoice that is not paid, and says so in its job. */
async function close(
  { store, clock, log }: InvoiceWorkDeps,
  row: InvoiceRow,
  state: "refused" | "failed",
  { code, message }: { readonly code: string; readonly message: string },
): Promise<void> {
  await commitWithJob(
    store,
    row,
    [move(row, { state, code })],
    (job) =>
      isOpen(job.status) && isUnpaid(job.status)
        ? {
          errorCode: "payment_required",
          errorMessage: `${
            job.errorMessage ?? "the provider asks for a payment"
          }; it is not paid: ${message}`,
          updatedAtMs: clock(),
        }
        : null,
  );
  log("warn", "an invoice is not paid", { job_id: row.jobId, code, reason: message });
}
