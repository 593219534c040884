/**
 * The table of refused payments.
 *
 * @module
 */
import { KEY } from "../base/table/column_kinds.ts";
import { defineTable } from "./define_table.ts";

/** One row for each provider, with its newest refusal. */
export const REFUSED_PAYMENTS = defineTable<{ readonly provider: string; readonly atMs: number }>(
  "refused_payments",
  {
    row: (column) => ({ provider: column.text("provider", KEY), atMs: column.whole("at_ms") }),
    options: "STRICT, WITHOUT ROWID",
  },
);
