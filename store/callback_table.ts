/**
 * The table of callbacks. Of one job, the oldest waiting document comes first.
 *
 * @module
 */
import type { CallbackRow } from "./callback_row.ts";
import { defineTable } from "./define_table.ts";

const ENCODINGS = ["toon", "json"] as const;
const STATES = ["waiting", "done", "failed"] as const;

/** Documents for skills, waiting or finished. */
export const CALLBACKS = defineTable<CallbackRow>("callbacks", {
  row: (column) => ({
    callbackId: column.rowNumber("callback_id"),
    jobId: column.text("job_id"),
    eventId: column.text("event_id"),
    skill: column.text("skill"),
    document: column.bytes("document"),
    encoding: column.checkedWord("encoding", ENCODINGS),
    state: column.checkedWord("state", STATES),
    tries: column.whole("tries"),
    dueAtMs: column.whole("due_at_ms"),
    errorCode: column.textOrNull("error_code"),
    errorMessage: column.textOrNull("error_message"),
    updatedAtMs: column.whole("updated_at_ms"),
  }),
  unique: ["job_id", "event_id"],
  options: "STRICT",
});

/** The table and its index. */
export const CALLBACK_TABLES = `
  ${CALLBACKS.sql}
  CREATE INDEX callbacks_waiting ON callbacks (callback_id) WHERE state = 'waiting';
`;
