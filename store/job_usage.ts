/**
 * What jobs used of the provider's machine: one row for each job, to which each run adds.
 *
 * @module
 */
import type { ChangeContext } from "./change_context.ts";
import type { Column } from "../base/table/columns.ts";
import type { Database } from "./database.ts";
import { JOB_USAGE } from "./job_usage_table.ts";
import type { AddJobUsage, JobUsageRow } from "./job_usage_row.ts";

/** Applies {@link AddJobUsage}. */
export function addJobUsage({ db }: ChangeContext, { row }: AddJobUsage): void {
  const before = jobUsageOf(db, row.jobId);
  db.run(
    JOB_USAGE.upsert,
    ...JOB_USAGE.values(
      before === null ? row : {
        ...row,
        cpuMs: either(before.cpuMs, row.cpuMs, (a, b) => a + b),
        memoryBytes: either(before.memoryBytes, row.memoryBytes, Math.max),
        wallMs: before.wallMs + row.wallMs,
        outputBytes: before.outputBytes + row.outputBytes,
        networkBytes: either(before.networkBytes, row.networkBytes, (a, b) => a + b),
      },
    ),
  );
}

/** What a job used; null if it never ran here. */
export function jobUsageOf(db: Database, jobId: string): JobUsageRow | null {
  const columns = db.get("SELECT * FROM job_usage WHERE job_id = ?", jobId);
  return columns === null ? null : JOB_USAGE.row(columns);
}

/** Deletes the usage of a removed job. */
export function forgetJobUsage(db: Database, jobId: Column): void {
  db.run("DELETE FROM job_usage WHERE job_id = ?", jobId);
}

function either(
  a: number | null,
  b: number | null,
  join: (a: number, b: number) => number,
): number | null {
  return a === null ? b : b === null ? a : join(a, b);
}
