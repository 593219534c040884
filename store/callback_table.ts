/**
 * The table of callbacks. Of one job the oldest waiting document is given first.
 *
 * @module
 */
import type { CallbackRow } from "./callback_row.ts";
import { checkedWord, column, nullable } from "./column_kinds.ts";
import { defineTable } from "./define_table.ts";

/** Documents that skills are or were given. */
export const CALLBACKS = defineTable<CallbackRow>("callbacks", {
  fields: {
    callbackId: {
      ...column.whole("callback_id"),
      columns: [["callback_id", "INTEGER PRIMARY KEY AUTOINCREMENT"]],
      given: true,
    },
    jobId: column.text("job_id"),
    eventId: column.text("event_id"),
    skill: column.text("skill"),
    document: column.bytes("document"),
    encoding: checkedWord("encoding", ["toon", "json"]),
    state: checkedWord("state", ["waiting", "done", "failed"]),
    tries: column.whole("tries"),
    dueAtMs: column.whole("due_at_ms"),
    errorCode: nullable.text("error_code"),
    errorMessage: nullable.text("error_message"),
    updatedAtMs: column.whole("updated_at_ms"),
  },
  more: ["UNIQUE (job_id, event_id)"],
  options: "STRICT",
});

/** The table and its index. */
export const CALLBACK_TABLES = `
  ${CALLBACKS.sql}
  CREATE INDEX callbacks_waiting ON callbacks (callback_id) WHERE state = 'waiting';
`;
