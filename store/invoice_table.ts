/**
 * The table of Lightning invoices.
 *
 * @module
 */
import { defineTable } from "./define_table.ts";
import type { InvoiceRow } from "./invoice_row.ts";

const ROLES = ["buyer", "provider"] as const;
const STATES = ["due", "refused", "sent", "paid", "failed", "unknown"] as const;

/** One row for each request and side. */
export const INVOICES = defineTable<InvoiceRow>("invoices", {
  row: (column) => ({
    eventId: column.text("event_id"),
    role: column.checkedWord("role", ROLES),
    jobId: column.text("job_id"),
    invoice: column.text("invoice"),
    paymentHash: column.text("payment_hash"),
    amountMsats: column.amount("amount_msats"),
    feesMsats: column.amountOrNull("fees_msats"),
    state: column.checkedWord("state", STATES),
    code: column.textOrNull("code"),
    preimage: column.textOrNull("preimage"),
    expiresAtS: column.whole("expires_at_s"),
    atMs: column.whole("at_ms"),
    sentAtMs: column.wholeOrNull("sent_at_ms"),
  }),
  key: ["event_id", "role"],
  unique: ["payment_hash", "role"],
  options: "STRICT, WITHOUT ROWID",
});

/** The table, and indexes for open invoices, for a day's payments and for deleting old rows. */
export const INVOICE_TABLES = `
  ${INVOICES.sql}
  CREATE INDEX invoices_open ON invoices (at_ms) WHERE state IN ('due', 'sent');
  CREATE INDEX invoices_sent ON invoices (sent_at_ms) WHERE sent_at_ms IS NOT NULL;
  CREATE INDEX invoices_age ON invoices (at_ms);
`;
