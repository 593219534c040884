/**
 * Lightning invoices: the commit that accepts a provider's feedback stores its invoice, and the commit before a payment marks it as sent.
 * Rows are kept for 90 days, those whose payment is open as long as that.
 *
 * @module
 */
import type { ChangeContext } from "./change_context.ts";
import type { Database } from "./database.ts";
import type { InvoiceChange, InvoiceRow } from "./invoice_row.ts";
import { INVOICES } from "./invoice_table.ts";
import { invoiceMoved } from "./journal_drafts.ts";
import { StoreError } from "./store_error.ts";

const KEPT_MS = 90 * 86_400_000;
/** The topic of callers that wait for open invoices. */
export const INVOICES_TOPIC = "invoices";

/** Applies a change; see {@link InvoiceChange}. */
export function applyInvoice({ db, touched, journal }: ChangeContext, change: InvoiceChange): void {
  touched.add(INVOICES_TOPIC);
  if (change.op === "putInvoice") return putInvoice(db, change.row);
  const { eventId, role, from, patch } = change;
  const row = invoiceOf(db, eventId, role);
  if (row?.state !== from) {
    throw new StoreError("conflict", `the invoice of ${eventId} is ${row?.state ?? "not there"}`);
  }
  const changed = INVOICES.patch(patch);
  const sets = Object.keys(changed).map((column) => `${column} = ?`).join(", ");
  db.run(
    `UPDATE invoices SET ${sets} WHERE event_id = ? AND role = ?`,
    ...Object.values(changed),
    eventId,
    role,
  );
  invoiceMoved(journal, { ...row, ...patch }, from);
}

function putInvoice(db: Database, row: InvoiceRow): void {
  const values = INVOICES.values(row);
  db.run(
    "DELETE FROM invoices WHERE at_ms < ? AND state NOT IN ('due', 'sent')",
    Math.max(0, row.atMs - KEPT_MS),
  );
  const before = invoiceOf(db, row.eventId, row.role);
  const over = before !== null && row.role === "buyer" && before.sentAtMs === null &&
    before.paymentHash !== row.paymentHash &&
    before.state === "refused";
  if (over) {
    db.run("DELETE FROM invoices WHERE event_id = ? AND role = ?", row.eventId, row.role);
  }
  db.run(`${INVOICES.insert} ON CONFLICT DO NOTHING`, ...values);
}

/** One side's invoice of a request; null if it has none. */
export function invoiceOf(
  db: Database,
  eventId: string,
  role: InvoiceRow["role"],
): InvoiceRow | null {
  const found = db.get("SELECT * FROM invoices WHERE event_id = ? AND role = ?", eventId, role);
  return found === null ? null : INVOICES.row(found);
}
