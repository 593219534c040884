/**
 * Works on the open invoices of a home: pays those of a buyer's jobs, and looks whether those of a provider's were paid. All state is in the
 * store, so the work may be killed at any point, and the next process continues.
 *
 * Strangers decide how many invoices a provider waits for. So these have their own limit, and the wallet is asked about a few of them at a
 * time: they delay no payment of the home's own jobs.
 *
 * Held: the payment hashes of at most 64 invoices of the home's jobs, and of 1,024 that others are to pay. Further ones wait in the store.
 *
 * @module
 */
import type { InvoiceRow } from "../../store/invoice_row.ts";
import { awaitInvoice } from "./await_invoice.ts";
import type { InvoiceWorkDeps } from "./invoice_deps.ts";
import { payInvoice } from "./pay_invoice.ts";

const MOST_AT_ONCE = { buyer: 64, provider: 1_024 } as const;
const WAIT_MS = 5_000;

/** Works until the signal aborts. Rejects if the store fails. */
export async function workOnInvoices(deps: InvoiceWorkDeps, signal: AbortSignal): Promise<void> {
  await Promise.all([
    workOn("buyer", deps, signal, payInvoice),
    workOn("provider", deps, signal, awaitInvoice),
  ]);
}

async function workOn(
  role: InvoiceRow["role"],
  deps: InvoiceWorkDeps,
  signal: AbortSignal,
  workOnOne: typeof payInvoice,
): Promise<void> {
  const most = MOST_AT_ONCE[role];
  const working = new Map<string, Promise<void>>();
  const failed = Promise.withResolvers<never>();
  failed.promise.catch(() => undefined);
  while (!signal.aborted) {
    if (working.size >= most) await Promise.race([failed.promise, ...working.values()]);
    const found = deps.store.openInvoices(role, [...working.keys()], WAIT_MS);
    const rows = await Promise.race([failed.promise, found]);
    for (const row of rows.slice(0, most - working.size)) {
      const { paymentHash } = row;
      const work = workOnOne(deps, row, signal)
        .catch((error) => signal.aborted ? undefined : failed.reject(error))
        .finally(() => working.delete(paymentHash));
      working.set(paymentHash, work);
    }
  }
  await Promise.allSettled(working.values());
}
