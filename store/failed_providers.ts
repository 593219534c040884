/**
 * Providers that failed jobs of this home. They are asked last, and the jobs count in their score.
 *
 * @module
 */
import { BAD_RESULT, SILENT, STRANGERS, UNQUOTED } from "../protocols/failure_codes.ts";
import { INCREMENT_UNPAID, PAUSED_TOO_LONG } from "../protocols/nostr/metered.ts";
import type { Database } from "./database.ts";
import type { FailedAttempt, PassedOver } from "./job_attempt_row.ts";
import { refusedPayments } from "./refused_payments.ts";
import { HAS_RESULT_STATUS, IS_FAILED_JOB } from "./status_sql.ts";

/**
 * Attempts in which the provider accepted the job and then failed it. A refused payment has the code of its ILP packet, a provider that
 * gave no quote has {@link UNQUOTED}, one that this buyer may not pay {@link STRANGERS}, and a provider's own codes have another form.
 */
export const WAS_ACCEPTED =
  `a.code NOT GLOB '[FTR][0-9][0-9]' AND a.code NOT IN ('${UNQUOTED}', '${STRANGERS}')`;

/** Jobs that the provider was to do: paid ones, and those that cost nothing unless it asked for a payment. */
const ACCEPTED =
  "(job_paid = 1 OR amount_units = '0' AND ifnull(error_code, '') <> 'payment_required')";

/** Failed jobs of which nothing came that fits what the provider announced. */
const WITHOUT_RESULT = `(result_event_id IS NULL OR error_code IS '${BAD_RESULT}')`;

/** Providers that failed a job or refused a payment after `sinceMs`, each with its last failure; at most 1,000 of each kind. */
export function passedOver(db: Database, sinceMs: number): PassedOver[] {
  const refused = db.all(
    `SELECT provider, max(at_ms) AS at_ms FROM job_attempts WHERE at_ms > ?
     GROUP BY provider ORDER BY at_ms DESC LIMIT 1000`,
    sinceMs,
  ).map((row) => ({ provider: row.provider as string, atMs: row.at_ms as number }));
  return [...refused, ...acceptedWithoutResult(db, sinceMs), ...refusedPayments(db, sinceMs)];
}

/**
 * Providers whose newest accepted job since then has no result, also if the job was then passed on to another provider. A job is accepted if
 * it was paid, or if it cost nothing. A buyer that did not pay an increment, or paused for too long, ended the job itself.
 */
function acceptedWithoutResult(db: Database, sinceMs: number): PassedOver[] {
  const failed = db.all(
    `SELECT provider, max(created_at_ms) AS at_ms FROM (
       SELECT provider, created_at_ms FROM jobs
       WHERE ${IS_FAILED_JOB} AND created_at_ms > ? AND role = 'buyer' AND ${ACCEPTED}
         AND ${WITHOUT_RESULT} AND ifnull(error_code, '') NOT IN (?, ?)
         AND provider IS NOT NULL
       UNION ALL
       SELECT a.provider, j.created_at_ms FROM job_attempts a
         JOIN jobs j ON j.job_id = a.job_id AND j.role = 'buyer'
       WHERE a.at_ms > ? AND (a.paid_units <> '0' OR a.code = '${SILENT}') AND ${WAS_ACCEPTED})
     GROUP BY provider ORDER BY at_ms DESC LIMIT 1000`,
    sinceMs,
    INCREMENT_UNPAID,
    PAUSED_TOO_LONG,
    sinceMs,
  ).map((row) => ({ provider: row.provider as string, atMs: row.at_ms as number }));
  return failed.filter(({ provider, atMs }) =>
    db.get(
      `SELECT 1 FROM jobs WHERE ${HAS_RESULT_STATUS} AND created_at_ms >= ? AND role = 'buyer'
         AND provider = ? AND NOT ${WITHOUT_RESULT} LIMIT 1`,
      atMs,
      provider,
    ) === null
  ).map((each) => ({ ...each, paid: true }));
}

/** Jobs that a provider accepted and failed, and that were then passed on or ended; the newest first. */
export function failedAttempts(db: Database, limit: number): FailedAttempt[] {
  return db.all(
    `SELECT a.job_id, a.provider, a.code, a.at_ms, j.created_at_ms FROM job_attempts a
       JOIN jobs j ON j.job_id = a.job_id AND j.role = 'buyer'
     WHERE ${WAS_ACCEPTED} AND a.event_id <> j.event_id
     ORDER BY a.at_ms DESC, a.job_id LIMIT ?`,
    limit,
  ).map((row) => ({
    jobId: row.job_id as string,
    provider: row.provider as string,
    code: row.code as string,
    createdAtMs: row.created_at_ms as number,
    atMs: row.at_ms as number,
  }));
}
