/**
 * Logs of jobs. What is added is bounded by who adds it (`market/logs/`); here a log stays without gaps, so that whoever reads by
 * offset misses nothing and reads nothing twice.
 *
 * @module
 */
import { isAnswered } from "../protocols/job_status.ts";
import type { ChangeContext } from "./change_context.ts";
import { whole } from "./checks.ts";
import type { Column } from "./columns.ts";
import type { Database } from "./database.ts";
import type { AddJobLog, JobLog } from "./job_log_row.ts";
import { JOB_LOGS } from "./job_log_table.ts";
import type { JobRow } from "./job_row.ts";
import { StoreError } from "./store_error.ts";

/** Bytes of pieces, compressed, that one reading gives at most; always at least one piece. */
const READ_BYTES = 1 << 20;
/** And so many pieces. */
const READ_PIECES = 1_024;

/** Applies {@link AddJobLog}. */
export function addJobLog({ db, touched }: ChangeContext, { row }: AddJobLog): void {
  const columns = JOB_LOGS.columns(row);
  if (row.sizeBytes < 1) throw new StoreError("invalid", "sizeBytes must be at least 1");
  const end = endOf(db, row.jobId, row.role);
  if (row.offset < end) {
    const known = db.get(
      "SELECT size_bytes FROM job_logs WHERE job_id = ? AND role = ? AND offset_bytes = ?",
      columns.job_id,
      columns.role,
      columns.offset_bytes,
    );
    if (known?.size_bytes === row.sizeBytes) return;
  }
  if (row.offset !== end) {
    throw new StoreError(
      "conflict",
      `the log of ${row.jobId} goes on at ${end}, not at ${row.offset}`,
    );
  }
  db.run(JOB_LOGS.insert, ...Object.values(columns));
  touched.add(jobLogTopic(row.jobId));
}

/** The topic of those who wait for more of a log. */
export function jobLogTopic(jobId: string): string {
  return `log:${jobId}`;
}

/** What is kept from an offset on, a bounded part of it. */
export function jobLogOf(
  db: Database,
  jobId: string,
  role: JobRow["role"],
  offset: number,
): JobLog {
  const from = whole("offset", offset);
  const job = db.get("SELECT status FROM jobs WHERE job_id = ? AND role = ?", jobId, role);
  const ended = job === null || isAnswered(job.status as JobRow["status"]);
  // The piece that the offset lies in, and those after it.
  const rows = db.all(
    `SELECT * FROM job_logs WHERE job_id = ? AND role = ? AND offset_bytes >= coalesce(
       (SELECT max(offset_bytes) FROM job_logs WHERE job_id = ? AND role = ? AND offset_bytes <= ?), 0)
     ORDER BY offset_bytes LIMIT ${READ_PIECES}`,
    jobId,
    role,
    jobId,
    role,
    from,
  ).map(JOB_LOGS.row).filter((row) => row.offset + row.sizeBytes > from);
  const pieces = [];
  let held = 0;
  for (const { offset, sizeBytes, deflated } of rows) {
    if (held > 0 && held + deflated.length > READ_BYTES) break;
    held += deflated.length;
    pieces.push({ offset, sizeBytes, deflated });
  }
  return { pieces, endBytes: endOf(db, jobId, role), ended };
}

/** Forgets a job that is removed. */
export function forgetJobLog(db: Database, jobId: Column, role: Column): void {
  db.run("DELETE FROM job_logs WHERE job_id = ? AND role = ?", jobId, role);
}

function endOf(db: Database, jobId: string, role: string): number {
  const last = db.get(
    `SELECT offset_bytes + size_bytes AS end FROM job_logs WHERE job_id = ? AND role = ?
     ORDER BY offset_bytes DESC LIMIT 1`,
    jobId,
    role,
  );
  return (last?.end as number | undefined) ?? 0;
}
