/**
 * The reads of Lightning invoices.
 *
 * @module
 */
import { text, whole } from "./checks.ts";
import type { Database } from "./database.ts";
import type { InvoiceRow } from "./invoice_row.ts";
import { INVOICES } from "./invoice_table.ts";
import { invoiceOf } from "./invoices.ts";
import type { Store } from "./store.ts";

/** The most open invoices in one answer. */
const MAX_OPEN = 256;

/** The reads that do not wait. */
export interface InvoiceQueries extends Pick<Store, "invoiceOf" | "invoicesSent"> {
  /** Used by openInvoices(); null if there is none. */
  invoicesOpen(role: InvoiceRow["role"], except: readonly string[]): InvoiceRow[] | null;
}

/** Makes the reads over one connection. */
export function createInvoiceQueries(db: Database): InvoiceQueries {
  return {
    // deno-lint-ignore require-await
    async invoiceOf(eventId, role) {
      return invoiceOf(db, text("eventId", eventId), role);
    },
    // deno-lint-ignore require-await
    async invoicesSent(sinceMs) {
      return invoicesSent(db, whole("sinceMs", sinceMs));
    },
    invoicesOpen: (role, except) => openInvoices(db, role, except),
  };
}

function openInvoices(
  db: Database,
  role: InvoiceRow["role"],
  except: readonly string[],
): InvoiceRow[] | null {
  const rows = db.all(
    `SELECT * FROM invoices WHERE state IN ('due', 'sent') AND role = ?
     AND payment_hash NOT IN (SELECT value FROM json_each(?)) ORDER BY at_ms LIMIT ?`,
    role,
    JSON.stringify(except),
    MAX_OPEN,
  ).map(INVOICES.row);
  return rows.length === 0 ? null : rows;
}

function invoicesSent(db: Database, sinceMs: number): bigint {
  return db.all(
    `SELECT * FROM invoices WHERE sent_at_ms >= ? AND sent_at_ms IS NOT NULL
     AND role = 'buyer' AND state IN ('sent', 'paid', 'unknown')`,
    sinceMs,
  ).map(INVOICES.row).reduce((sum, row) => sum + row.amountMsats + (row.feesMsats ?? 0n), 0n);
}
