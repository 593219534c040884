/**
 * Which providers this home does not trust, as far as its store knows (docs/money.md#distrust): those that sold a key which opened nothing,
 * and those that are failing. Read from the rows of jobs, so nothing is kept for it. Answers to verified jobs are compared elsewhere.
 *
 * @module
 */
import { HELD_AGAINST_NOBODY } from "../protocols/nostr/metered.ts";
import type { Database } from "./database.ts";
import { WAS_ACCEPTED } from "./failed_providers.ts";
import { FAILING, isFailing, type ProviderRecord } from "./failing.ts";
import { IS_FAILED_JOB, IS_FAILED_RUN } from "./status_sql.ts";
import type { ProviderHistory } from "./stranger_part.ts";

const DAY_MS = 86_400_000;
const NOT_ITS_FAULT = HELD_AGAINST_NOBODY.map((code) => `'${code}'`).join(", ");

/** Paid jobs that failed, at the provider that had them last. */
const FAILED_JOBS = `role = 'buyer' AND job_paid = 1 AND created_at_ms > ? AND ${IS_FAILED_JOB}
  AND NOT ${IS_FAILED_RUN}
  AND ifnull(error_code, '') NOT IN (${NOT_ITS_FAULT})`;

/** Paid jobs that failed at a provider, and that another one then had. */
const FAILED_ATTEMPTS = `job_attempts a JOIN jobs j ON j.job_id = a.job_id AND j.role = 'buyer'
  WHERE a.at_ms > ? AND a.paid_units <> '0' AND a.event_id <> j.event_id AND ${WAS_ACCEPTED}`;

/** What a store holds against a provider: what it took for jobs that failed, and why it is not trusted if so. */
type Held = Required<Pick<ProviderHistory, "lostUnits">> & Pick<ProviderHistory, "distrust">;

/** What is held against each of these providers. Those against whom there is nothing are absent. */
export function heldAgainst(
  db: Database,
  providers: Iterable<string>,
  nowMs: number,
): ReadonlyMap<string, Held> {
  const failed = failedOf(db, nowMs);
  const found = new Map<string, Held>();
  for (const provider of providers) {
    const { jobs = 0, lostUnits = 0n } = failed.get(provider) ?? {};
    const distrust = soldFalseKey(db, provider)
      ? "false_key"
      : jobs >= FAILING.failures && isFailing(recordOf(db, provider, nowMs))
      ? "failing"
      : undefined;
    if (jobs > 0 || distrust !== undefined) {
      found.set(provider, { lostUnits, ...distrust && { distrust } });
    }
  }
  return found;
}

/** The last paid jobs of a provider that have ended. */
export function recordOf(db: Database, provider: string, nowMs: number): ProviderRecord {
  const sinceMs = nowMs - FAILING.days * DAY_MS;
  const rows = db.all(
    `SELECT 0 AS failed, amount_units AS units, created_at_ms AS at_ms FROM jobs
       WHERE role = 'buyer' AND job_paid = 1 AND created_at_ms > ?
         AND (status = 'success' OR ${IS_FAILED_RUN}) AND provider = ?
     UNION ALL
     SELECT 1, amount_units, created_at_ms FROM jobs WHERE ${FAILED_JOBS} AND provider = ?
     UNION ALL
     SELECT 1, a.paid_units, j.created_at_ms FROM ${FAILED_ATTEMPTS} AND a.provider = ?
     ORDER BY at_ms DESC, failed DESC LIMIT ${FAILING.lastJobs}`,
    sinceMs,
    provider,
    sinceMs,
    provider,
    sinceMs,
    provider,
  ).map((row) => ({ failed: row.failed === 1, units: BigInt(row.units as string) }));
  const sum = (some: typeof rows) => some.reduce((total, { units }) => total + units, 0n);
  const failed = rows.filter((row) => row.failed);
  return {
    jobs: rows.length,
    failed: failed.length,
    units: sum(rows),
    failedUnits: sum(failed),
  };
}

/** The providers of paid jobs that failed: how many, and what was paid for them before the result. There are few. */
function failedOf(
  db: Database,
  nowMs: number,
): ReadonlyMap<string, { readonly jobs: number; readonly lostUnits: bigint }> {
  const sinceMs = nowMs - FAILING.days * DAY_MS;
  const rows = db.all(
    `SELECT provider, count(*) AS jobs, group_concat(units, ' ') AS units FROM (
       SELECT provider, amount_units AS units FROM jobs WHERE ${FAILED_JOBS} AND provider IS NOT NULL
       UNION ALL
       SELECT a.provider, a.paid_units FROM ${FAILED_ATTEMPTS})
     GROUP BY provider`,
    sinceMs,
    sinceMs,
  );
  return new Map(rows.map(({ provider, jobs, units }) => [provider as string, {
    jobs: jobs as number,
    lostUnits: (units as string).split(" ").reduce((sum, each) => sum + BigInt(each), 0n),
  }]));
}

function soldFalseKey(db: Database, provider: string): boolean {
  return db.get(
    "SELECT 1 FROM sealed_results WHERE party = ? AND role = 'buyer' AND state = 'broken' LIMIT 1",
    provider,
  ) !== null;
}
