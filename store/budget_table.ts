/**
 * The table of budgets, and what the outbox says of payments to come.
 *
 * @module
 */
import { KEY } from "./column_kinds.ts";
import { defineTable } from "./define_table.ts";

/** What was spent on a subject. */
interface BudgetRow {
  /** `job:<id>`, or `provider:<pubkey>:<day>`. */
  readonly subject: string;
  readonly units: bigint;
  /** When it rose or fell last. */
  readonly atMs: number;
}

/** Sums by subject. */
export const BUDGETS = defineTable<BudgetRow>("budgets", {
  row: (column) => ({
    subject: column.text("subject", KEY),
    units: column.amount("units"),
    atMs: column.whole("at_ms"),
  }),
  options: "STRICT, WITHOUT ROWID",
});

/** The table, and the index by which old sums are forgotten. */
export const BUDGET_TABLES = `
  ${BUDGETS.sql}
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
