/**
 * Counts events that arrived for a buyer's jobs but do not count as answers, or contradict the accepted answer. There is one counter for
 * each job and outcome, with the newest event. Strangers can send any number of such events, so the store keeps a counter and not a row for
 * each.
 *
 * @module
 */
import { addToSum, type ChangeContext } from "./change_context.ts";
import type { Database } from "./database.ts";
import { ANSWERS } from "./answer_table.ts";
import { text } from "./checks.ts";
import { SEEN } from "./seen_table.ts";
import { StoreError } from "./store_error.ts";
import type { AnswerCount, RecordAnswer } from "./answer_row.ts";

/** Prefix of the names of answer totals in the table of sums; the outcome follows. */
export const ANSWER_SUM = "answer:";

/** Applies {@link RecordAnswer}. */
export function recordAnswer(context: ChangeContext, change: RecordAnswer): void {
  const { db } = context;
  const { outcome, seenAs = outcome } = change;
  if (!/^[a-z][a-z0-9_]{0,39}$/.test(text("outcome", outcome))) {
    throw new StoreError("invalid", "outcome must be a word of small letters, digits and _");
  }
  const { eventId, pubkey, kind, atMs } = change;
  const seen = SEEN.values({ eventId, outcome: seenAs, atMs });
  if (db.run(`${SEEN.insert} ON CONFLICT DO NOTHING`, ...seen) === 0) return;
  const jobId = change.jobId ?? "";
  db.run(
    `${ANSWERS.insert} ON CONFLICT (job_id, outcome) DO UPDATE SET count = count + 1, event_id = excluded.event_id,
       pubkey = excluded.pubkey, kind = excluded.kind, at_ms = excluded.at_ms`,
    ...ANSWERS.values({ jobId, outcome, count: 1, eventId, pubkey, kind, atMs }),
  );
  addToSum(context, `${ANSWER_SUM}${outcome}`, 1n);
}

/** The counters of one job, by outcome. The empty job id has the counters of events that belong to no job. */
export function answersOf(db: Database, jobId: string): AnswerCount[] {
  return db.all("SELECT * FROM answers WHERE job_id = ? ORDER BY outcome", jobId).map((columns) => {
    const { jobId: _of, ...count } = ANSWERS.row(columns);
    return count;
  });
}
