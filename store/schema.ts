/**
 * The tables of `state.db`, and the migrations that create them. A released migration is never edited; a new one is added. Amounts are
 * decimal text, because SQLite's integers end at 2^63-1 and ILP amounts at 2^64-1.
 *
 * @module
 */
import { CHANNELS, TRANSACTIONS } from "./chain_tables.ts";
import { JOBS, OUTBOX } from "./job_tables.ts";
import { INCOMING, OUTGOING, PAYER_CHANNELS, RECEIVER_CHANNELS } from "./packet_tables.ts";
import { ANSWERS } from "./answer_table.ts";
import { BUDGET_TABLES, RESERVED_COLUMN } from "./budget_table.ts";
import { CALLBACK_TABLES } from "./callback_table.ts";
import { SEQUENCE_TABLES } from "./sequence_tables.ts";
import { INVOICE_TABLES } from "./invoice_table.ts";
import { JOB_COUNT_TABLES } from "./job_count_table.ts";
import { JOB_DEADLINE_INDEX } from "./job_deadline_schema.ts";
import { JOURNAL_PROVIDER_INDEX, JOURNAL_TABLES } from "./journal_tables.ts";
import { JOB_ATTEMPTS_EVENT, JOB_FAILOVER_TABLES } from "./job_attempt_tables.ts";
import { JOB_LOGS } from "./job_log_table.ts";
import { JOB_USAGE } from "./job_usage_table.ts";
import { JOB_REQUIREMENTS } from "./job_requirement_table.ts";
import { JUDGEMENTS } from "./judgement_table.ts";
import { JOB_KEY_TABLES } from "./job_key_table.ts";
import { CURSORS, SNAPSHOTS, SUMS } from "./named_tables.ts";
import { LATE_PACKETS } from "./late_packet_table.ts";
import { METER_TABLES, METERS } from "./meter_table.ts";
import { QUARANTINE } from "./quarantine_table.ts";
import { QUOTE_TABLES, QUOTED_PRICE_TABLES } from "./quote_table.ts";
import { REFUSED_PAYMENTS } from "./refused_payment_table.ts";
import { RESULT_SCHEMAS } from "./result_schema_table.ts";
import { SEALED_TABLES } from "./sealed_table.ts";
import { SEEN } from "./seen_table.ts";
import { PROVIDER_PAYMENT_TABLES } from "./provider_payment_table.ts";
import { UNDELIVERED_TABLES } from "./undelivered_table.ts";
import { OPEN_KINDS_INDEX } from "./open_kinds_schema.ts";
import { VERIFICATION_TABLES, VERIFICATIONS } from "./verification_table.ts";

/** `PRAGMA application_id` of our files, "ctwn" in ASCII, so that a foreign or emptied file is not taken for ours. */
export const APPLICATION_ID = 0x6374776e;

/** Finds the pending entries of one job, for waiters and before its rows are removed. */
const OUTBOX_JOB_INDEX =
  "CREATE INDEX outbox_job ON outbox (job_id) WHERE state = 'pending' AND job_id IS NOT NULL;";

/**
 * Finds the packet that pays an obligation. A refused packet pays none, so it has none. With the state as its condition, SQLite would write
 * the index again with each outcome.
 */
export const OBLIGATION_INDEX = `
  DROP INDEX incoming_obligation;
  UPDATE incoming SET obligation = NULL WHERE state = 'refused' AND obligation IS NOT NULL;
  CREATE UNIQUE INDEX incoming_obligation ON incoming (obligation) WHERE obligation IS NOT NULL;
`;

/** SQL of each migration. The one at index n leads from `user_version` n to n + 1. */
export const MIGRATIONS: readonly string[] = [
  `
  ${JOBS.sql}
  CREATE UNIQUE INDEX jobs_event ON jobs (event_id, role);
  CREATE INDEX jobs_newest ON jobs (created_at_ms DESC, job_id DESC);
  CREATE INDEX jobs_status ON jobs (status, created_at_ms DESC);
  CREATE INDEX jobs_skill ON jobs (callback_skill, created_at_ms DESC) WHERE callback_skill IS NOT NULL;
  CREATE INDEX jobs_runnable ON jobs (created_at_ms, job_id) WHERE runnable = 1;

  ${OUTBOX.sql}
  CREATE INDEX outbox_pending ON outbox (outbox_id) WHERE state = 'pending';

  ${PAYER_CHANNELS.sql}

  ${RECEIVER_CHANNELS.sql}

  ${OUTGOING.sql}
  CREATE INDEX outgoing_open ON outgoing (channel_id, nonce) WHERE state = 'open';
  CREATE INDEX outgoing_obligation ON outgoing (obligation, created_at_ms, nonce);

  ${INCOMING.sql}
  CREATE INDEX incoming_held ON incoming (channel_id, nonce) WHERE state = 'held';
  CREATE UNIQUE INDEX incoming_obligation ON incoming (obligation)
    WHERE obligation IS NOT NULL AND state <> 'refused';

  ${SEEN.sql}

  ${CURSORS.sql}

  ${SNAPSHOTS.sql}

  ${QUARANTINE.sql}

  ${SUMS.sql}
  `,
  `
  ${CHANNELS.sql}
  CREATE INDEX channels_id ON channels (channel_id) WHERE channel_id IS NOT NULL;

  ${TRANSACTIONS.sql}
  CREATE INDEX transactions_nonce ON transactions (sender, nonce);
  CREATE INDEX transactions_channel ON transactions (channel_ref) WHERE channel_ref IS NOT NULL;
  CREATE INDEX transactions_unended ON transactions (created_at_ms)
    WHERE state IN ('signed', 'broadcast', 'mined');
  `,
  SEQUENCE_TABLES,
  JOURNAL_TABLES,
  JOB_KEY_TABLES,
  ANSWERS.sql,
  JOB_DEADLINE_INDEX,
  JOURNAL_PROVIDER_INDEX,
  OPEN_KINDS_INDEX,
  BUDGET_TABLES,
  `
  ${OUTGOING.add("written_off_at_ms")}
  CREATE INDEX outgoing_written_off ON outgoing (channel_id, written_off_at_ms)
    WHERE written_off_at_ms IS NOT NULL;
  `,
  JOB_FAILOVER_TABLES,
  // Automatic deposits, so that their daily limit holds after a restart.
  CHANNELS.add("auto_deposited_units", "auto_deposit_at_ms", "auto_deposits"),
  CALLBACK_TABLES,
  // The stage that sent a document, what it knew of it, and whether to try it once more.
  QUARANTINE.add("source", "known", "retry"),
  RESERVED_COLUMN,
  OUTBOX_JOB_INDEX,
  LATE_PACKETS.sql,
  JOB_LOGS.sql,
  JOB_USAGE.sql,
  QUOTE_TABLES,
  JOB_USAGE.add("network_bytes"),
  SEALED_TABLES,
  VERIFICATION_TABLES,
  METER_TABLES,
  VERIFICATIONS.add("challenge"),
  VERIFICATIONS.add("compare"),
  RESULT_SCHEMAS.sql,
  INVOICE_TABLES,
  METERS.add("turns", "paused_at_ms"),
  `
  ${VERIFICATIONS.add("judge")}
  ${JUDGEMENTS.sql}
  `,
  METERS.add("kib", "used_bytes", "from_byte"),
  JUDGEMENTS.add("undecided"),
  REFUSED_PAYMENTS.sql,
  PROVIDER_PAYMENT_TABLES,
  JOB_ATTEMPTS_EVENT,
  JOB_REQUIREMENTS.sql,
  UNDELIVERED_TABLES,
  JOB_COUNT_TABLES,
  QUOTED_PRICE_TABLES,
  OBLIGATION_INDEX,
];
