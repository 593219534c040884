/**
 * The tables of budgets.
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
