/**
 * The table of what jobs used.
 *
 * @module
 */
import { KEY } from "../base/table/column_kinds.ts";
import { defineTable } from "./define_table.ts";
import type { JobUsageRow } from "./job_usage_row.ts";

/** One row for each job that ran here. */
export const JOB_USAGE = defineTable<JobUsageRow>("job_usage", {
  row: (column) => ({
    jobId: column.text("job_id", KEY),
    cpuMs: column.wholeOrNull("cpu_ms"),
    memoryBytes: column.wholeOrNull("memory_bytes"),
    wallMs: column.whole("wall_ms"),
    inputBytes: column.whole("input_bytes"),
    outputBytes: column.whole("output_bytes"),
    networkBytes: column.wholeOrNull("network_bytes", { later: null }),
  }),
  closed: true,
  options: "STRICT, WITHOUT ROWID",
});
