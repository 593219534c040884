/**
 * The table of accepted quotes.
 *
 * @module
 */
import { KEY } from "../base/table/column_kinds.ts";
import { defineTable } from "./define_table.ts";
import type { QuoteRow } from "./quote_row.ts";

/** One row for each request that is paid by a quote. */
export const QUOTES = defineTable<QuoteRow>("quotes", {
  row: (column) => ({
    eventId: column.text("event_id", KEY),
    quote: column.bytes("quote"),
    condition: column.text("condition"),
    atMs: column.whole("at_ms"),
  }),
  options: "STRICT, WITHOUT ROWID",
});

/** The table, and the index for deleting old quotes. */
export const QUOTE_TABLES = `
  ${QUOTES.sql}
  CREATE INDEX quotes_age ON quotes (at_ms);
`;
