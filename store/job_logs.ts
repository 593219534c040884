/**
 * Logs of jobs. The writer limits their size (`market/logs/`). The store keeps a log without gaps, so that a reader by offset misses
 * nothing and reads nothing twice.
 *
 * @module
 */
import { isAnswered } from "../protocols/job_status.ts";
import type { ChangeContext } from "./change_context.ts";
import { whole } from "./checks.ts";
import type { Column } from "../base/table/columns.ts";
import type { Database } from "./database.ts";
import type { AddJobLog, JobLog } from "./job_log_row.ts";
import { JOB_LOGS } from "./job_log_table.ts";
import type { JobRow } from "./job_row.ts";
import { StoreError } from "./store_error.ts";

/** The most compressed bytes that one read returns; it always returns at least one piece. */
const READ_BYTES = 1 << 20;
/** The most pieces that one read returns. */
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
      `the log of ${row.jobId} ends at ${end}; a piece cannot begin at ${row.offset}`,
    );
  }
  db.run(JOB_LOGS.insert, ...Object.values(columns));
  touched.add(jobLogTopic(row.jobId));
}

/** The topic on which readers wait for more of a log. */
export function jobLogTopic(jobId: string): string {
  return `log:${jobId}`;
}

/** The stored log from an offset on, up to the limits above. */
export function jobLogOf(
  db: Database,
  jobId: string,
  role: JobRow["role"],
  offset: number,
): JobLog {
  const from = whole("offset", offset);
  const job = db.get("SELECT status FROM jobs WHERE job_id = ? AND role = ?", jobId, role);
  const ended = job === null || isAnswered(job.status as JobRow["status"]);
  // The piece that contains the offset, and later ones.
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

/** Deletes the log of a removed job. */
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
