/**
 * What came for the jobs of a buyer and did not count, or contradicts what did: counted by job and outcome, with the newest event of
 * each. Who sends them decides how many come, so that a counter is kept and not a row for each.
 *
 * @module
 */
import { addToSum, type ChangeContext } from "./change_context.ts";
import type { Database } from "./database.ts";
import { text, whole } from "./checks.ts";
import { StoreError } from "./store_error.ts";
import type { AnswerCount, RecordAnswer } from "./answer_row.ts";

/** Totals of answers have this before the outcome in the table of sums. */
export const ANSWER_SUM = "answer:";

/** Applies {@link RecordAnswer}. */
export function recordAnswer(context: ChangeContext, change: RecordAnswer): void {
  const { db } = context;
  const { outcome, seenAs = outcome } = change;
  if (!/^[a-z][a-z0-9_]{0,39}$/.test(text("outcome", outcome))) {
    throw new StoreError("invalid", "outcome must be a word of small letters, digits and _");
  }
  const eventId = text("eventId", change.eventId);
  const atMs = whole("atMs", change.atMs);
  const fresh = db.run(
    "INSERT INTO seen (event_id, outcome, at_ms) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
    eventId,
    text("seenAs", seenAs),
    atMs,
  );
  if (fresh === 0) return;
  db.run(
    `INSERT INTO answers (job_id, outcome, count, event_id, pubkey, kind, at_ms) VALUES (?, ?, 1, ?, ?, ?, ?)
     ON CONFLICT (job_id, outcome) DO UPDATE SET count = count + 1, event_id = excluded.event_id,
       pubkey = excluded.pubkey, kind = excluded.kind, at_ms = excluded.at_ms`,
    change.jobId === null ? "" : text("jobId", change.jobId),
    outcome,
    eventId,
    text("pubkey", change.pubkey),
    whole("kind", change.kind),
    atMs,
  );
  addToSum(context, `${ANSWER_SUM}${outcome}`, 1n);
}

/** The counts of one job, by outcome; those of no job under the empty id. */
export function answersOf(db: Database, jobId: string): AnswerCount[] {
  return db.all(
    "SELECT outcome, count, event_id, pubkey, kind, at_ms FROM answers WHERE job_id = ? ORDER BY outcome",
    jobId,
  ).map((row) => ({
    outcome: row.outcome as string,
    count: row.count as number,
    eventId: row.event_id as string,
    pubkey: row.pubkey as string,
    kind: row.kind as number,
    atMs: row.at_ms as number,
  }));
}
