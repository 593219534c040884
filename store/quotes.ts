/**
 * Accepted quotes. The commit that makes a job stores its quote, and the payment reads it. Quotes are kept for 90 days, as evidence of what
 * was promised, and at least as long as their job is open.
 *
 * @module
 */
import type { ChangeContext } from "./change_context.ts";
import type { Database } from "./database.ts";
import type { PriceOfJob, PutQuote, QuoteRow } from "./quote_row.ts";
import { QUOTED_PRICES, QUOTES } from "./quote_table.ts";
import { IS_OPEN_JOB } from "./status_sql.ts";
import { StoreError } from "./store_error.ts";

const KEPT_MS = 90 * 86_400_000;

/** Stores it. `conflict` if the request has another quote. */
export function putQuote({ db }: ChangeContext, { row, price }: PutQuote): void {
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
  db.run(
    `DELETE FROM quoted_prices WHERE at_ms < ? AND NOT EXISTS (
       SELECT 1 FROM quotes WHERE quotes.event_id = quoted_prices.event_id)`,
    Math.max(0, row.atMs - KEPT_MS),
  );
  db.run(`${QUOTES.insert} ON CONFLICT DO NOTHING`, ...values);
  if (!price) return;
  const { eventId, atMs } = row;
  db.run(
    `${QUOTED_PRICES.insert} ON CONFLICT DO NOTHING`,
    ...QUOTED_PRICES.values({ ...price, eventId, atMs }),
  );
}

/** The quote by which a request is paid; null if it is paid at the announced price. */
export function quoteOf(db: Database, eventId: string): QuoteRow | null {
  const found = db.get("SELECT * FROM quotes WHERE event_id = ?", eventId);
  return found === null ? null : QUOTES.row(found);
}

/**
 * The prices by which a provider's jobs are paid, beside the announced ones; the newest first. `provider` null: those of all providers that
 * are not exactly as announced.
 */
export function quotedPrices(db: Database, provider: string | null, limit: number): PriceOfJob[] {
  const [which, ...of] = provider === null
    ? ["promised_units <> quoted_units"]
    : ["provider = ?", provider];
  return db.all(
    `SELECT q.*, p.job_id AS job_id, p.paid_units AS paid_units FROM (
       SELECT *, coalesce(
         (SELECT job_id FROM jobs WHERE jobs.event_id = quoted_prices.event_id AND role = 'buyer'),
         (SELECT job_id FROM job_attempts a WHERE a.event_id = quoted_prices.event_id)) AS of_job
       FROM quoted_prices WHERE ${which} ORDER BY at_ms DESC LIMIT ?) q
     JOIN provider_payments p ON p.job_id = q.of_job AND p.provider = q.provider
     ORDER BY q.at_ms DESC`,
    ...of,
    limit,
  ).map((columns) => ({
    ...QUOTED_PRICES.row(columns),
    jobId: columns.job_id as string,
    paidUnits: BigInt(columns.paid_units as string),
  }));
}
