/**
 * The table of budgets, and the outbox column for reserved payments.
 *
 * @module
 */
import { KEY } from "../base/table/column_kinds.ts";
import { defineTable } from "./define_table.ts";

/** The sum that was spent on a subject. */
interface BudgetRow {
  /** `job:<id>`, `provider:<pubkey>:<day>` or `strangers:<day>`. */
  readonly subject: string;
  readonly units: bigint;
  /** When the sum changed last. */
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

/** The table, and the index for deleting old sums. */
export const BUDGET_TABLES = `
  ${BUDGETS.sql}
  CREATE INDEX budgets_age ON budgets (at_ms);
`;

/**
 * Marks payments to providers as reserved once the write of the job's request is paid. The index finds them by provider, under the name
 * that the outbox has for it.
 */
export const RESERVED_COLUMN = `
  ALTER TABLE outbox ADD COLUMN reserved INTEGER NOT NULL DEFAULT 0;
  CREATE INDEX outbox_reserved ON outbox (terminal_pubkey)
    WHERE state = 'pending' AND purpose = 'job' AND reserved = 1;
`;
