/**
 * Accepted quotes. The commit that makes a job stores its quote, and the payment reads it. Quotes are kept for 90 days, as evidence of what
 * was promised, and at least as long as their job is open.
 *
 * @module
 */
import type { ChangeContext } from "./change_context.ts";
import type { Database } from "./database.ts";
import type { PutQuote, QuoteRow } from "./quote_row.ts";
import { QUOTES } from "./quote_table.ts";
import { IS_OPEN_JOB } from "./status_sql.ts";
import { StoreError } from "./store_error.ts";

const KEPT_MS = 90 * 86_400_000;

/** Stores it. `conflict` if the request has another quote. */
export function putQuote({ db }: ChangeContext, { row }: PutQuote): void {
  const values = QUOTES.values(row);
  const there = quoteOf(db, row.eventId);
  if (there !== null && there.condition !== row.condition) {
    throw new StoreError("conflict", `request ${row.eventId} is paid by another quote`);
  }
  // A clock that jumps ahead must not delete the quote of an open job.
  db.run(
    `DELETE FROM quotes WHERE at_ms < ? AND NOT EXISTS (
       SELECT 1 FROM jobs WHERE jobs.event_id = quotes.event_id AND ${IS_OPEN_JOB})`,
    Math.max(0, row.atMs - KEPT_MS),
  );
  db.run(`${QUOTES.insert} ON CONFLICT DO NOTHING`, ...values);
}

/** The quote by which a request is paid; null if it is paid at the announced price. */
export function quoteOf(db: Database, eventId: string): QuoteRow | null {
  const found = db.get("SELECT * FROM quotes WHERE event_id = ?", eventId);
  return found === null ? null : QUOTES.row(found);
}
