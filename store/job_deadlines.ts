/**
 * Finds overdue jobs without reading the others: a home may have 100,000 jobs in flight and checks every second.
 *
 * @module
 */
import type { Database } from "./database.ts";
import { oneOf, whole } from "./checks.ts";
import type { Columns } from "../base/table/columns.ts";
import type { Store } from "./store.ts";
import type { AwaitedJob } from "./job_row.ts";
import { boughtPrivately, IS_PLAIN_JOB } from "./private_requests.ts";
import { IS_OPEN_JOB } from "./status_sql.ts";

/** Callers pass a far future time to get all jobs. */
const MAX_OVERDUE = 1_000_000;

const AWAITED = "event_id, kind, created_at_ms, created_at_ms + timeout_s * 1000 AS deadline_ms";

/** Makes the reads over one connection. */
export function createDeadlineQueries(db: Database): Pick<Store, "overdueJobs" | "awaitedJobs"> {
  return {
    // deno-lint-ignore require-await
    async awaitedJobs(timedOutSinceMs, limit) {
      const most = Math.min(whole("limit", limit), MAX_OVERDUE);
      const told = boughtPrivately(db) ? `AND ${IS_PLAIN_JOB}` : "";
      const open = db.all(
        `SELECT ${AWAITED} FROM jobs
         WHERE role = 'buyer' AND ${IS_OPEN_JOB} ${told}
         ORDER BY created_at_ms + timeout_s * 1000 LIMIT ?`,
        most,
      ).map((row) => awaited(row, true));
      const timedOut = db.all(
        `SELECT ${AWAITED} FROM jobs WHERE status = 'timeout' AND created_at_ms >= ? AND role = 'buyer' ${told}
         ORDER BY created_at_ms DESC LIMIT ?`,
        whole("timedOutSinceMs", timedOutSinceMs),
        most - open.length,
      ).map((row) => awaited(row, false));
      return [...open, ...timedOut];
    },

    // deno-lint-ignore require-await
    async overdueJobs(role, nowMs, limit) {
      return db.all(
        `SELECT job_id, created_at_ms + timeout_s * 1000 AS deadline_ms, updated_at_ms FROM jobs
         WHERE role = ? AND created_at_ms + timeout_s * 1000 <= ?
           AND ${IS_OPEN_JOB}
         ORDER BY created_at_ms + timeout_s * 1000 LIMIT ?`,
        oneOf("role", ["buyer", "provider"], role),
        whole("nowMs", nowMs),
        Math.min(whole("limit", limit), MAX_OVERDUE),
      ).map((row) => ({
        jobId: row.job_id as string,
        deadlineMs: row.deadline_ms as number,
        updatedAtMs: row.updated_at_ms as number,
      }));
    },
  };
}

function awaited(row: Columns, open: boolean): AwaitedJob {
  return {
    eventId: row.event_id as string,
    kind: row.kind as number,
    createdAtMs: row.created_at_ms as number,
    deadlineMs: row.deadline_ms as number,
    open,
  };
}
