/**
 * The tables of budgets, and what the outbox says of payments to come.
 *
 * @module
 */

/** The table, and the index by which old sums are forgotten. */
export const BUDGET_TABLES = `
  CREATE TABLE budgets (
    subject TEXT NOT NULL PRIMARY KEY,
    units TEXT NOT NULL,
    at_ms INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX budgets_age ON budgets (at_ms);
`;

/**
 * Which payments of providers are as good as made: the write of the job's request is paid for. Found by provider, as
 * the outbox names it.
 */
export const RESERVED_COLUMN = `
  ALTER TABLE outbox ADD COLUMN reserved INTEGER NOT NULL DEFAULT 0;
  CREATE INDEX outbox_reserved ON outbox (terminal_pubkey)
    WHERE state = 'pending' AND purpose = 'job' AND reserved = 1;
`;
