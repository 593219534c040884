/**
 * The table of judgements.
 *
 * @module
 */
import { KEY } from "./column_kinds.ts";
import { defineTable } from "./define_table.ts";
import type { JudgementRow } from "./judgement_row.ts";

/** One row for each verification that a skill judges. */
export const JUDGEMENTS = defineTable<JudgementRow>("judgements", {
  row: (column) => ({
    leadId: column.text("lead_id", KEY),
    skill: column.text("skill"),
    sha256: column.textOrNull("sha256"),
    groups: column.textOrNull("verdict"),
    failedOn: column.textOrNull("failed_on"),
    errorCode: column.textOrNull("error_code"),
    errorMessage: column.textOrNull("error_message"),
    atMs: column.whole("at_ms"),
  }),
  options: "STRICT, WITHOUT ROWID",
});
