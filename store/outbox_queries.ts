/**
 * The reads of the outbox.
 *
 * @module
 */
import { text, whole } from "./checks.ts";
import type { Database } from "./database.ts";
import { JOBS, OUTBOX } from "./job_tables.ts";
import type { OutboxReads } from "./outbox_reads.ts";
import { undelivered } from "./undelivered.ts";

const NEWEST = "SELECT * FROM outbox ORDER BY outbox_id DESC LIMIT 1000";

/** An entry that was refused told nobody anything. */
const TOLD = `SELECT job_id FROM (${NEWEST}) WHERE job_id IS NOT NULL AND state <> 'failed'`;

const QUEUED = `SELECT * FROM jobs WHERE runnable = 1 AND attempt = 0 AND created_at_ms <= ?
  AND job_id NOT IN (SELECT value FROM json_each(?)) AND job_id NOT IN (${TOLD})
  ORDER BY created_at_ms, job_id LIMIT ?`;

/** Makes the reads over one connection. */
export function createOutboxQueries(db: Database): OutboxReads {
  return {
    // deno-lint-ignore require-await
    async outboxEntry(event) {
      const found = db.get(`SELECT * FROM (${NEWEST}) WHERE event = ? LIMIT 1`, event);
      if (found === null) return null;
      const { outboxId, state, detail } = OUTBOX.row(found);
      return { outboxId, state, detail };
    },
    // deno-lint-ignore require-await
    async hasTold(jobId) {
      return db.get(`SELECT 1 AS told FROM (${TOLD}) WHERE job_id = ?`, text("jobId", jobId)) !==
        null;
    },
    // deno-lint-ignore require-await
    async queuedJobs(untilMs, except, limit) {
      const values = [whole("untilMs", untilMs), JSON.stringify(except), whole("limit", limit)];
      return db.all(QUEUED, ...values).map(JOBS.row);
    },
    // deno-lint-ignore require-await
    async undelivered(dueAtMs, limit) {
      return undelivered(db, dueAtMs, limit);
    },
  };
}
