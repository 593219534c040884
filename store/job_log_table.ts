/**
 * The table of log pieces.
 *
 * @module
 */
import { defineTable } from "./define_table.ts";
import type { JobLogRow } from "./job_log_row.ts";

const ROLES = ["buyer", "provider"] as const;

/** Pieces of the output of jobs. */
export const JOB_LOGS = defineTable<JobLogRow>("job_logs", {
  row: (column) => ({
    jobId: column.text("job_id"),
    role: column.checkedWord("role", ROLES),
    offset: column.whole("offset_bytes"),
    sizeBytes: column.whole("size_bytes"),
    deflated: column.bytes("deflated"),
  }),
  key: ["job_id", "role", "offset_bytes"],
  closed: true,
  options: "STRICT, WITHOUT ROWID",
});
