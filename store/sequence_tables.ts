/**
 * The tables of sequences. They still have the former name of sequences, job chains.
 *
 * @module
 */
import { KEY } from "../base/table/column_kinds.ts";
import { defineTable } from "./define_table.ts";
import {
  SEQUENCE_PATHS,
  SEQUENCE_STATUSES,
  SEQUENCE_STEP_STATUSES,
  type SequenceAttemptRow,
  type SequenceRow,
  type SequenceStepRow,
} from "./sequence_row.ts";

/** Sequences. */
export const SEQUENCES = defineTable<SequenceRow>("job_chains", {
  row: (column) => ({
    sequenceId: column.text("chain_id", KEY),
    name: column.textOrNull("name"),
    key: column.text("key"),
    network: column.text("network"),
    status: column.checkedWord("status", SEQUENCE_STATUSES),
    path: column.checkedWord("path", SEQUENCE_PATHS),
    document: column.bytes("document"),
    budgetUnits: column.amountOrNull("budget_units"),
    createdAtMs: column.whole("created_at_ms"),
    updatedAtMs: column.whole("updated_at_ms"),
    errorCode: column.textOrNull("error_code"),
    errorMessage: column.textOrNull("error_message"),
  }),
  options: "STRICT",
});

/** A step with its sequence. */
interface StoredStep extends SequenceStepRow {
  readonly sequenceId: string;
}

/** Steps of sequences. */
export const SEQUENCE_STEPS = defineTable<StoredStep>("job_chain_steps", {
  row: (column) => ({
    sequenceId: column.text("chain_id"),
    name: column.text("name"),
    position: column.whole("position"),
    path: column.checkedWord("path", SEQUENCE_PATHS),
    status: column.checkedWord("status", SEQUENCE_STEP_STATUSES),
    startedAtMs: column.wholeOrNull("started_at_ms"),
    endedAtMs: column.wholeOrNull("ended_at_ms"),
    errorCode: column.textOrNull("error_code"),
    errorMessage: column.textOrNull("error_message"),
  }),
  key: ["chain_id", "name"],
  options: "STRICT, WITHOUT ROWID",
});

/** Jobs that were bought for steps. */
export const SEQUENCE_ATTEMPTS = defineTable<SequenceAttemptRow>("job_chain_attempts", {
  row: (column) => ({
    sequenceId: column.text("chain_id"),
    step: column.text("step"),
    attempt: column.whole("attempt"),
    jobId: column.text("job_id"),
    provider: column.text("provider"),
    reservedUnits: column.amount("reserved_units"),
    createdAtMs: column.whole("created_at_ms"),
  }),
  key: ["chain_id", "step", "attempt"],
  options: "STRICT, WITHOUT ROWID",
});

/** The tables with their indexes: a migration of schema.ts, never edited after its release. */
export const SEQUENCE_TABLES = `
  ${SEQUENCES.sql}
  CREATE UNIQUE INDEX job_chains_key ON job_chains (key) WHERE status = 'running';
  CREATE INDEX job_chains_same ON job_chains (key, created_at_ms DESC);
  CREATE INDEX job_chains_newest ON job_chains (created_at_ms DESC, chain_id DESC);
  CREATE INDEX job_chains_running ON job_chains (created_at_ms, chain_id) WHERE status = 'running';

  ${SEQUENCE_STEPS.sql}

  ${SEQUENCE_ATTEMPTS.sql}
  CREATE UNIQUE INDEX job_chain_attempts_job ON job_chain_attempts (job_id);
`;
