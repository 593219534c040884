/**
 * The table of verifications.
 *
 * @module
 */
import { KEY, type Marks } from "../base/table/column_kinds.ts";
import { defineTable } from "./define_table.ts";
import { COMPARATORS, type VerificationRow } from "./verification_row.ts";

const LATER_NO: Marks = { later: "0" };
const LATER_NULL: Marks = { later: null };
const LATER_KIND: Marks = { later: "'kind'" };

/** One row for each job of a verification. */
export const VERIFICATIONS = defineTable<VerificationRow>("job_verifications", {
  row: (column) => ({
    jobId: column.text("job_id", KEY),
    leadId: column.text("lead_id"),
    position: column.whole("position"),
    needed: column.whole("needed"),
    count: column.whole("count"),
    challenge: column.flag("challenge", LATER_NO),
    compare: column.word("compare", COMPARATORS, LATER_KIND),
    judge: column.textOrNull("judge", LATER_NULL),
    atMs: column.whole("at_ms"),
  }),
  options: "STRICT, WITHOUT ROWID",
});

/** The table, and the index that finds the jobs of a verification. */
export const VERIFICATION_TABLES = `
  ${VERIFICATIONS.sql}
  CREATE UNIQUE INDEX job_verifications_lead ON job_verifications (lead_id, position);
  CREATE INDEX job_verifications_newest ON job_verifications (at_ms DESC, lead_id) WHERE position = 0;
`;
