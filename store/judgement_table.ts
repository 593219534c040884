/**
 * The table of judgements.
 *
 * @module
 */
import { KEY, type Marks } from "../base/table/column_kinds.ts";
import { defineTable } from "./define_table.ts";
import type { JudgementRow } from "./judgement_row.ts";

const LATER_NULL: Marks = { later: null };

/** One row for each verification that a skill judges. */
export const JUDGEMENTS = defineTable<JudgementRow>("judgements", {
  row: (column) => ({
    leadId: column.text("lead_id", KEY),
    skill: column.text("skill"),
    sha256: column.textOrNull("sha256"),
    groups: column.textOrNull("verdict"),
    undecided: column.textOrNull("undecided", LATER_NULL),
    failedOn: column.textOrNull("failed_on"),
    errorCode: column.textOrNull("error_code"),
    errorMessage: column.textOrNull("error_message"),
    atMs: column.whole("at_ms"),
  }),
  options: "STRICT, WITHOUT ROWID",
});
