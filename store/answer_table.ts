/**
 * The table of answers that were not accepted.
 *
 * @module
 */
import type { AnswerCount } from "./answer_row.ts";
import { defineTable } from "./define_table.ts";

/** A counter with its job; `jobId` is empty for events that belong to no job of this home. */
interface AnswerRow extends AnswerCount {
  readonly jobId: string;
}

/** Counts by job and outcome. */
export const ANSWERS = defineTable<AnswerRow>("answers", {
  row: (column) => ({
    jobId: column.text("job_id"),
    outcome: column.text("outcome"),
    count: column.whole("count"),
    eventId: column.text("event_id"),
    pubkey: column.text("pubkey"),
    kind: column.whole("kind"),
    atMs: column.whole("at_ms"),
  }),
  key: ["job_id", "outcome"],
  options: "STRICT, WITHOUT ROWID",
});
