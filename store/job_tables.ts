/**
 * The tables of jobs and of what is on its way out for them.
 *
 * @module
 */
import { JOB_STATUSES } from "../protocols/job_status.ts";
import { checkedWord, column, nullable, word } from "./column_kinds.ts";
import { defineTable } from "./define_table.ts";
import type { JobRow, OutboxRow } from "./job_row.ts";

/** Jobs of both sides. */
export const JOBS = defineTable<JobRow>("jobs", {
  fields: {
    jobId: column.text("job_id"),
    role: checkedWord("role", ["buyer", "provider"]),
    eventId: column.text("event_id"),
    kind: column.whole("kind"),
    type: column.text("type"),
    status: word("status", JOB_STATUSES),
    buyer: column.text("buyer"),
    provider: nullable.text("provider"),
    callbackSkill: nullable.text("callback_skill"),
    createdAtMs: column.whole("created_at_ms"),
    updatedAtMs: column.whole("updated_at_ms"),
    timeoutS: column.whole("timeout_s"),
    amountUnits: column.amount("amount_units"),
    jobPaid: column.flag("job_paid"),
    writeUnits: column.amount("write_units"),
    request: column.bytes("request"),
    resultEventId: nullable.text("result_event_id"),
    result: nullable.bytes("result"),
    exitCode: nullable.integer("exit_code"),
    errorCode: nullable.text("error_code"),
    errorMessage: nullable.text("error_message"),
    attempt: column.whole("attempt"),
  },
  // Whether a provider's job is to be run now: made of its other columns with every change.
  more: ["runnable INTEGER NOT NULL", "PRIMARY KEY (job_id, role)"],
  closed: true,
  options: "STRICT",
});

/** What is to be published or paid. */
export const OUTBOX = defineTable<OutboxRow>("outbox", {
  fields: {
    outboxId: {
      ...column.whole("outbox_id"),
      columns: [["outbox_id", "INTEGER PRIMARY KEY AUTOINCREMENT"]],
      given: true,
    },
    jobId: nullable.text("job_id"),
    purpose: checkedWord("purpose", ["write", "job"]),
    event: column.bytes("event"),
    destination: column.text("destination"),
    terminalPubkey: column.text("terminal_pubkey"),
    amountUnits: nullable.amount("amount_units"),
    state: checkedWord("state", ["pending", "done", "failed"]),
    detail: nullable.text("detail"),
    createdAtMs: column.whole("created_at_ms"),
  },
  options: "STRICT",
});
