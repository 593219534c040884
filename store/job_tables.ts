/**
 * The tables of jobs and of the outbox.
 *
 * @module
 */
import { JOB_STATUSES } from "../protocols/job_status.ts";
import { TOLD } from "../base/table/column_kinds.ts";
import { defineTable } from "./define_table.ts";
import type { JobRow, OutboxRow } from "./job_row.ts";

const ROLES = ["buyer", "provider"] as const;
const PURPOSES = ["write", "job"] as const;
const OUTBOX_STATES = ["pending", "done", "failed"] as const;

/** Jobs of buyers and providers. */
export const JOBS = defineTable<JobRow>("jobs", {
  row: (column) => ({
    jobId: column.text("job_id", TOLD),
    role: column.checkedWord("role", ROLES, TOLD),
    eventId: column.text("event_id", TOLD),
    kind: column.whole("kind", TOLD),
    type: column.text("type", TOLD),
    status: column.word("status", JOB_STATUSES, TOLD),
    buyer: column.text("buyer", TOLD),
    provider: column.textOrNull("provider", TOLD),
    callbackSkill: column.textOrNull("callback_skill", TOLD),
    createdAtMs: column.time("created_at_ms", TOLD),
    updatedAtMs: column.time("updated_at_ms"),
    timeoutS: column.whole("timeout_s", TOLD),
    amountUnits: column.amount("amount_units", TOLD),
    jobPaid: column.flag("job_paid"),
    writeUnits: column.amount("write_units"),
    request: column.bytes("request"),
    resultEventId: column.textOrNull("result_event_id"),
    result: column.bytesOrNull("result"),
    exitCode: column.integerOrNull("exit_code"),
    errorCode: column.textOrNull("error_code"),
    errorMessage: column.textOrNull("error_message"),
    attempt: column.whole("attempt"),
  }),
  // Whether a provider's job should run now. Every change computes it from the other columns.
  more: ["runnable INTEGER NOT NULL"],
  key: ["job_id", "role"],
  closed: true,
  options: "STRICT",
});

/** Events to publish and providers to pay. */
export const OUTBOX = defineTable<OutboxRow>("outbox", {
  row: (column) => ({
    outboxId: column.rowNumber("outbox_id"),
    jobId: column.textOrNull("job_id"),
    purpose: column.checkedWord("purpose", PURPOSES),
    event: column.bytes("event"),
    destination: column.text("destination"),
    terminalPubkey: column.text("terminal_pubkey"),
    amountUnits: column.amountOrNull("amount_units"),
    state: column.checkedWord("state", OUTBOX_STATES),
    detail: column.textOrNull("detail"),
    createdAtMs: column.time("created_at_ms"),
  }),
  options: "STRICT",
});
