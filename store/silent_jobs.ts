/**
 * Jobs of whose provider nothing was heard, although it was paid or takes nothing. Such a job goes to the next provider before its deadline.
 * If it was paid, its bid must cover both.
 *
 * The wait begins with the payment, or with the request of a job that costs nothing. A provider is silent if it sent no feedback, no output
 * and no result for half of the time that was left then. It is not silent while a second increment is due or a pause is ordered.
 *
 * @see docs/money.md#failover
 * @module
 */
import { SILENT } from "../protocols/failure_codes.ts";
import type { Columns } from "../base/table/columns.ts";
import type { ChangeContext } from "./change_context.ts";
import { text, whole } from "./checks.ts";
import type { Database } from "./database.ts";
import type { ReplaceSilent, SilentJob } from "./job_attempt_row.ts";
import { mayReplacePaid, passJobOn } from "./job_failover.ts";
import { StoreError } from "./store_error.ts";

/** A run that takes less is not announced by its provider, so shorter silence says nothing. In milliseconds. */
const LEAST_MS = 10_000;

/** The job's last change is its payment, or of a free job the write of its request, because nothing came after it. */
const DUE = `updated_at_ms +
  max(${LEAST_MS}, (created_at_ms + timeout_s * 1000 - updated_at_ms) / 2)`;

const SILENT_JOBS = `SELECT job_id, event_id, provider, request, ${DUE} AS due_ms,
    created_at_ms + timeout_s * 1000 AS deadline_ms FROM jobs
  WHERE status IN ('paid', 'posted') AND role = 'buyer' AND provider IS NOT NULL
    AND (job_paid = 1 AND status = 'paid' OR job_paid = 0 AND amount_units = '0')
    AND ${DUE} <= ? AND created_at_ms + timeout_s * 1000 > ?
    AND EXISTS (SELECT 1 FROM job_failover f
      WHERE f.job_id = jobs.job_id AND (f.budget_units IS NOT NULL OR jobs.job_paid = 0))
    AND NOT EXISTS (SELECT 1 FROM meters m
      WHERE m.event_id = jobs.event_id AND m.role = 'buyer' AND (m.paid > 1 OR m.turns > 0))
    AND NOT EXISTS (SELECT 1 FROM job_logs l WHERE l.job_id = jobs.job_id AND l.role = 'buyer')`;

/** Jobs that are silent at this time and may go to another provider, the longest silent first. */
export function silentJobs(db: Database, nowMs: number, limit: number): SilentJob[] {
  // Not limited in SQL: jobs that nobody else may do would take the places of the others.
  const found: SilentJob[] = [];
  for (const row of db.all(`${SILENT_JOBS} ORDER BY due_ms`, nowMs, nowMs)) {
    if (found.length >= whole("limit", limit)) break;
    if (mayReplacePaid(db, row.job_id as string)) found.push(silentJob(row));
  }
  return found;
}

/** Asks the next provider. `conflict` if the job is not silent any more, or if nobody else is within the bid. */
export function replaceSilent(context: ChangeContext, change: ReplaceSilent): void {
  const { db } = context;
  const jobId = text("jobId", change.jobId);
  const nowMs = whole("nowMs", change.nowMs);
  const row = db.get(`${SILENT_JOBS} AND job_id = ? AND event_id = ?`, ...[
    nowMs,
    nowMs,
    jobId,
    text("eventId", change.eventId),
  ]);
  if (row === null || !mayReplacePaid(db, jobId)) {
    throw new StoreError("conflict", `job ${jobId} does not go to another provider now`);
  }
  const { eventId, atMs } = change;
  const message = "nothing was heard of it";
  passJobOn(context, {
    op: "passJobOn",
    jobId,
    eventId,
    code: SILENT,
    message,
    atMs,
    otherwise: {},
  });
}

function silentJob(row: Columns): SilentJob {
  return {
    jobId: row.job_id as string,
    eventId: row.event_id as string,
    provider: row.provider as string,
    request: row.request as Uint8Array,
    dueMs: row.due_ms as number,
    deadlineMs: row.deadline_ms as number,
  };
}
