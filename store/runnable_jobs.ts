/**
 * Chooses the provider's job that runs next. Buyers take turns, so that a buyer with a hundred jobs does not keep others waiting.
 *
 * @module
 */
import type { Database } from "./database.ts";
import { JOBS } from "./job_tables.ts";
import type { JobRow } from "./job_row.ts";

/** Whether more than one buyer has a runnable job. If not, the oldest job is next, which an index finds. */
const SEVERAL_BUYERS = `SELECT 1 AS several FROM jobs WHERE runnable = 1
   AND buyer <> (SELECT buyer FROM jobs WHERE runnable = 1 LIMIT 1) LIMIT 1`;

const BY_AGE =
  `SELECT * FROM jobs WHERE runnable = 1 AND job_id NOT IN (SELECT value FROM json_each(?1))
   AND (?2 IS NULL OR kind IN (SELECT value FROM json_each(?2)))
   ORDER BY created_at_ms, job_id LIMIT ?3`;

// A buyer's running jobs come first in its row, so each of them raises the turn of the buyer's next job by one.
const IN_TURN = `WITH turns AS (
     SELECT job_id, created_at_ms, kind, job_id IN (SELECT value FROM json_each(?1)) AS out,
       row_number() OVER (PARTITION BY buyer ORDER BY job_id IN (SELECT value FROM json_each(?1)) DESC,
         created_at_ms, job_id) AS turn
     FROM jobs WHERE runnable = 1)
   SELECT jobs.* FROM turns JOIN jobs ON jobs.job_id = turns.job_id AND jobs.role = 'provider'
   WHERE NOT out AND (?2 IS NULL OR turns.kind IN (SELECT value FROM json_each(?2)))
   ORDER BY turn, turns.created_at_ms, turns.job_id LIMIT ?3`;

/** For `Store.runnableJobs()`; null if there is none. */
export function runnableJobs(
  db: Database,
  except: readonly string[],
  limit: number,
  kinds?: readonly number[],
): JobRow[] | null {
  const values = [
    JSON.stringify(except),
    kinds === undefined ? null : JSON.stringify(kinds),
    limit,
  ];
  const several = db.get(SEVERAL_BUYERS) !== null;
  const rows = db.all(several ? IN_TURN : BY_AGE, ...values).map(JOBS.row);
  return rows.length === 0 ? null : rows;
}
