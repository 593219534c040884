/**
 * The table of requirements of jobs.
 *
 * @module
 */
import { KEY } from "../base/table/column_kinds.ts";
import { defineTable } from "./define_table.ts";
import type { JobRequirementRow } from "./job_requirement_row.ts";

/** One row for each buyer's job that required something of its provider. */
export const JOB_REQUIREMENTS = defineTable<JobRequirementRow>("job_requirements", {
  row: (column) => ({
    jobId: column.text("job_id", KEY),
    requirements: column.text("requirements"),
  }),
  options: "STRICT, WITHOUT ROWID",
});
