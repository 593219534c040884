/**
 * The tables of accepted quotes, and of their prices beside the announced ones.
 *
 * @module
 */
import { KEY } from "../base/table/column_kinds.ts";
import { defineTable } from "./define_table.ts";
import type { QuotedPriceRow, QuoteRow } from "./quote_row.ts";

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

/** One row for each quote of a provider that had announced a price. Kept as long as the quote. */
export const QUOTED_PRICES = defineTable<QuotedPriceRow>("quoted_prices", {
  row: (column) => ({
    eventId: column.text("event_id", KEY),
    provider: column.text("provider"),
    announcedUnits: column.amount("announced_units"),
    announcedAtS: column.whole("announced_at_s"),
    promisedUnits: column.amount("promised_units"),
    quotedUnits: column.amount("quoted_units"),
    atMs: column.whole("at_ms"),
  }),
  options: "STRICT, WITHOUT ROWID",
});

/** The table, and the indexes for one provider's prices, for those that differ from what was announced, and for deleting old ones. */
export const QUOTED_PRICE_TABLES = `
  ${QUOTED_PRICES.sql}
  CREATE INDEX quoted_prices_provider ON quoted_prices (provider, at_ms DESC);
  CREATE INDEX quoted_prices_age ON quoted_prices (at_ms);
  CREATE INDEX quoted_prices_other ON quoted_prices (at_ms DESC) WHERE promised_units <> quoted_units;
`;
