/**
 * Remembers which job a command made, so that the same command finds its job again. The commit that makes a job also claims its key: after
 * a crash there are both or neither, and of two commands at the same time one is refused.
 *
 * @module
 */
import { JOB_KEYS } from "./job_key_table.ts";
import { JOBS } from "./job_tables.ts";
import type { ChangeContext } from "./change_context.ts";
import type { Database } from "./database.ts";
import { attemptsOf } from "./job_failover.ts";
import { isEnded } from "../protocols/job_status.ts";
import { text, whole } from "./checks.ts";
import { StoreError } from "./store_error.ts";
import type { JobRow } from "./job_row.ts";
import { verificationOf } from "./verifications.ts";
import type { ClaimJobKey, KeyedJob } from "./job_key_row.ts";
import { COUNTS_AS_PAID } from "./status_sql.ts";

/** The longest time for which a key can be asked for. Older keys are deleted. */
const KEPT_MS = 2 * 86_400_000;

/** Claims a key; throws `conflict` if another job holds it. */
export function claimJobKey({ db }: ChangeContext, change: ClaimJobKey): void {
  const key = text("key", change.key);
  const atMs = whole("atMs", change.atMs);
  const jobId = text("jobId", change.jobId);
  if (change.sinceMs !== null) {
    const holder = jobByKey(db, key, whole("sinceMs", change.sinceMs));
    if (holder !== null && holder.row.jobId !== jobId) {
      throw new StoreError("conflict", `job ${holder.row.jobId} was made by the same command`);
    }
  }
  if (db.get("SELECT 1 AS there FROM jobs WHERE job_id = ? AND role = 'buyer'", jobId) === null) {
    throw new StoreError("conflict", `job ${jobId} (buyer) does not exist`);
  }
  db.run("DELETE FROM job_keys WHERE at_ms < ?", atMs - KEPT_MS);
  const { content } = change;
  db.run(JOB_KEYS.upsert, ...JOB_KEYS.values({ key, content, jobId, atMs }));
}

/**
 * The job that claimed a key after `sinceMs`, or null. A job that ended without success before its provider was paid does not hold its key,
 * because repeating it pays nobody twice. A claim from the future (the clock was set back) still holds.
 */
export function jobByKey(db: Database, key: string, sinceMs: number): KeyedJob | null {
  const found = db.get("SELECT * FROM job_keys WHERE key = ?", key);
  if (found === null) return null;
  const { jobId, content, atMs } = JOB_KEYS.row(found);
  if (atMs <= sinceMs) return null;
  const columns = db.get("SELECT * FROM jobs WHERE job_id = ? AND role = 'buyer'", jobId);
  if (columns === null) return null;
  const row = JOBS.row(columns);
  const compared = verificationOf(db, jobId).slice(1)
    .map((each) => db.get("SELECT * FROM jobs WHERE job_id = ? AND role = 'buyer'", each.jobId))
    .filter((each) => each !== null);
  const holds = [row, ...compared.map(JOBS.row)].some((each) => holdsKey(db, each));
  return holds ? { row, content, atMs } : null;
}

/** Whether the job succeeded, or repeating it might pay somebody twice. */
function holdsKey(db: Database, row: JobRow): boolean {
  if (isEnded(row.status) && row.status !== "success" && !row.jobPaid) {
    const paying = db.get(
      `SELECT 1 AS there FROM outgoing WHERE obligation = ? AND ${COUNTS_AS_PAID} LIMIT 1`,
      `job:${row.eventId}`,
    );
    const paidBefore = attemptsOf(db, row.jobId).some(({ paidUnits }) => paidUnits > 0n);
    if (paying === null && !paidBefore) return false;
  }
  return true;
}
