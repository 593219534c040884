/**
 * Changes of jobs in a transaction. A finished job keeps its status, except that an error may still become a success, a timeout what its
 * result says, and a success an error if its result is denied. A job's identity never changes, and its attempt never falls. `updatedAtMs` rises with every change, also within one
 * millisecond or after a clock jump, so that a watcher misses none.
 *
 * @module
 */
import { BAD_RESULT } from "../protocols/failure_codes.ts";
import { asksPrivately } from "../protocols/nostr/private_job.ts";
import { isEnded, isToRun, type JobStatus, mayBecome } from "../protocols/job_status.ts";
import type { ChangeContext } from "./change_context.ts";
import type { Database } from "./database.ts";
import { jobLogTopic } from "./job_logs.ts";
import { jobChanged } from "./journal_drafts.ts";
import { JOBS } from "./job_tables.ts";
import { oneOf, text } from "./checks.ts";
import type { Column, Columns } from "../base/table/columns.ts";
import type { JobRow } from "./job_row.ts";
import type { DenyResult } from "./result_schema_row.ts";
import { CURSORS } from "./named_tables.ts";
import { checkBuys } from "./pauses.ts";
import { PRIVATE_JOBS } from "./private_requests.ts";
import { followJob } from "./provider_payments.ts";
import { StoreError } from "./store_error.ts";

/** Inserts or overwrites a job; `expect` as in {@link Change}. */
export function putJob(
  context: ChangeContext,
  row: JobRow,
  expect: "absent" | "present" | undefined,
): void {
  const columns = JOBS.columns(row);
  const current = currentJob(context.db, row.jobId, row.role);
  if (current !== null) {
    if (expect === "absent") throw new StoreError("conflict", `job ${row.jobId} exists already`);
    return update(context, current, columns);
  }
  if (expect === "present") throw new StoreError("conflict", `job ${row.jobId} does not exist`);
  if (row.role === "buyer") checkBuys(context.db);
  insert(context, columns);
}

/** Changes some fields of an existing job. With `unchangedSinceMs`, throws `conflict` if its `updatedAtMs` is another. */
export function patchJob(
  context: ChangeContext,
  jobId: string,
  role: JobRow["role"],
  patch: Partial<JobRow>,
  unchangedSinceMs?: number,
): void {
  const columns = JOBS.patch(patch);
  const current = currentJob(
    context.db,
    text("jobId", jobId),
    oneOf("role", ["buyer", "provider"], role),
  );
  if (current === null) throw new StoreError("conflict", `job ${jobId} (${role}) does not exist`);
  if (unchangedSinceMs !== undefined && current.updated_at_ms !== unchangedSinceMs) {
    throw new StoreError("conflict", `job ${jobId} (${role}) has changed`);
  }
  update(context, current, columns);
}

/** A result that does not match its schema ends its job as an error. This is the only way in which a success becomes an error. */
export function denyResult(
  context: ChangeContext,
  { jobId, resultEventId, message, atMs }: DenyResult,
): void {
  const row = context.db.get(
    "SELECT status FROM jobs WHERE job_id = ? AND role = 'buyer' AND result_event_id = ?",
    text("jobId", jobId),
    text("resultEventId", resultEventId),
  );
  if (row?.status !== "success") {
    throw new StoreError("conflict", `job ${jobId} has no such successful result`);
  }
  const patch = { status: "error", errorCode: BAD_RESULT, errorMessage: message } as const;
  update(
    context,
    currentJob(context.db, jobId, "buyer")!,
    JOBS.patch({ ...patch, updatedAtMs: atMs }),
    true,
  );
}

/** The request to another provider. */
interface Reassignment {
  readonly eventId: string;
  readonly provider: string;
  readonly request: Uint8Array;
  readonly amountUnits: bigint;
  readonly updatedAtMs: number;
}

/** Restarts a buyer's unfinished job with another request. No other change gives a job another event. */
export function reassignJob(
  { db, touched, journal }: ChangeContext,
  jobId: string,
  to: Reassignment,
): void {
  const current = currentJob(db, jobId, "buyer");
  if (current === null) throw new StoreError("conflict", `job ${jobId} (buyer) does not exist`);
  if (isEnded(current.status as JobStatus)) {
    throw new StoreError("conflict", `job ${jobId} is finished as ${current.status}`);
  }
  const other = db.get(
    "SELECT job_id FROM jobs WHERE event_id = ? AND role = 'buyer'",
    text("eventId", to.eventId),
  );
  if (other !== null) throw new StoreError("conflict", `event ${to.eventId} is a job already`);
  const columns = {
    ...JOBS.patch({
      ...to,
      status: "created",
      jobPaid: false,
      errorCode: null,
      errorMessage: null,
    }),
    updated_at_ms: Math.max(to.updatedAtMs, (current.updated_at_ms as number) + 1),
  };
  const names = Object.keys(columns);
  db.run(
    `UPDATE jobs SET ${
      names.map((name) => `${name} = ?`).join(", ")
    } WHERE job_id = ? AND role = 'buyer'`,
    ...Object.values(columns),
    jobId,
  );
  const merged = { ...current, ...columns };
  jobChanged(journal, merged, null);
  tell(touched, merged);
}

/** The columns that the rules need and the journal contains. */
const SELECT_CURRENT = `SELECT ${
  JOBS.told.join(", ")
}, updated_at_ms, job_paid, exit_code, attempt FROM jobs`;

function currentJob(db: Database, jobId: string, role: string): Columns | null {
  return db.get(`${SELECT_CURRENT} WHERE job_id = ? AND role = ?`, jobId, role);
}

function insert({ db, touched, journal }: ChangeContext, columns: Record<string, Column>): void {
  const other = db.get(
    "SELECT job_id FROM jobs WHERE event_id = ? AND role = ?",
    columns.event_id,
    columns.role,
  );
  if (other !== null) {
    throw new StoreError(
      "conflict",
      `event ${columns.event_id} is the ${columns.role}'s job ${other.job_id} already`,
    );
  }
  const all = { ...columns, runnable: runnable(columns) };
  const names = Object.keys(all).sort();
  db.run(
    `INSERT INTO jobs (${names.join(", ")}) VALUES (${names.map(() => "?").join(", ")})`,
    ...names.map((name) => all[name as keyof typeof all]),
  );
  jobChanged(journal, columns, null);
  if (columns.role === "buyer" && asksPrivately(columns.request as Uint8Array)) {
    const value = String(columns.created_at_ms);
    db.run(CURSORS.upsert, ...CURSORS.values({ name: PRIVATE_JOBS, value }));
  }
  touched.add("kinds");
  tell(touched, all);
}

function update(
  context: ChangeContext,
  current: Columns,
  columns: Record<string, Column>,
  isDenied = false,
): void {
  const { db, clock, touched, journal } = context;
  for (const column of ["job_id", "role", "event_id"]) {
    if (columns[column] !== undefined && columns[column] !== current[column]) {
      throw new StoreError("conflict", `${column} of job ${current.job_id} never changes`);
    }
  }
  const [from, to] = [current.status as JobStatus, columns.status as JobStatus | undefined];
  // A deadline that passes while a result arrives must not undo the result.
  if (to !== undefined && !isDenied && !mayBecome(from, to, columns.result_event_id != null)) {
    throw new StoreError(
      "conflict",
      `job ${current.job_id} is finished as ${from} and cannot become ${to}`,
    );
  }
  if (columns.attempt !== undefined && columns.attempt! < current.attempt!) {
    throw new StoreError("conflict", `attempt of job ${current.job_id} never falls`);
  }
  const merged = { ...current, ...columns };
  const all: Record<string, Column> = {
    ...columns,
    updated_at_ms: Math.max(
      (columns.updated_at_ms ?? clock()) as number,
      (current.updated_at_ms as number) + 1,
    ),
    runnable: runnable(merged),
  };
  for (const column of ["job_id", "role", "event_id"]) delete all[column];
  const names = Object.keys(all).sort();
  db.run(
    `UPDATE jobs SET ${
      names.map((name) => `${name} = ?`).join(", ")
    } WHERE job_id = ? AND role = ?`,
    ...names.map((name) => all[name]),
    current.job_id,
    current.role,
  );
  followJob(context, merged);
  jobChanged(journal, merged, from);
  tell(touched, { ...merged, runnable: all.runnable });
}

/** Whether this is a provider's job that is paid or free and must still run. */
function runnable(job: Columns): number {
  const mayRun = job.job_paid === 1 || job.amount_units === "0";
  return job.role === "provider" && mayRun && isToRun(job.status as JobStatus) ? 1 : 0;
}

function tell(touched: Set<string>, job: Columns): void {
  touched.add(`job:${job.job_id}`);
  // Readers of the job's log learn that it ended.
  touched.add(jobLogTopic(job.job_id as string));
  if (job.runnable === 1) touched.add("runnable");
}
