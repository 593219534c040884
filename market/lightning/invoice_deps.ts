/**
 * What the work on invoices needs.
 *
 * @module
 */
import type { Log } from "../../base/log/log.ts";
import type { Store } from "../../store/store.ts";
import type { InvoiceRules } from "./invoice_check.ts";
import type { WalletClient } from "./wallet_client.ts";

/** What the work needs. */
export interface InvoiceWorkDeps {
  readonly store: Pick<Store, "openInvoices" | "invoicesSent" | "getJob" | "commit">;
  readonly wallet: WalletClient;
  readonly rules: InvoiceRules;
  readonly clock: () => number;
  readonly log: Log;
  /** Runs one piece of work after the other. */
  readonly oneByOne: <T>(work: () => Promise<T>) => Promise<T>;
  /** Runs a few look-ups of invoices that others are to pay, and the others after them in their order. */
  readonly aFew: <T>(work: () => Promise<T>) => Promise<T>;
  /** Waits. Resolves at once when the signal is aborted. */
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
}
