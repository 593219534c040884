/**
 * The tables of `state.db` and the steps that lead to them. A step is never edited once released: a new one is added.
 * Amounts are decimal text, because SQLite's integers end at 2^63-1 and an ILP amount at 2^64-1.
 *
 * @module
 */
import { ANSWER_TABLES } from "./answer_schema.ts";
import { BUDGET_TABLES } from "./budget_schema.ts";
import { CALLBACK_TABLES } from "./callback_schema.ts";
import { JOB_CHAIN_TABLES } from "./job_chain_schema.ts";
import { JOB_DEADLINE_INDEX } from "./job_deadline_schema.ts";
import { JOURNAL_PROVIDER_INDEX, JOURNAL_TABLES } from "./journal_schema.ts";
import { JOB_FAILOVER_TABLES } from "./job_attempt_schema.ts";
import { JOB_KEY_TABLES } from "./job_key_schema.ts";
import { QUARANTINE_COLUMNS } from "./quarantine_schema.ts";
import { OPEN_KINDS_INDEX } from "./open_kinds_schema.ts";

/** `PRAGMA application_id` of our files, "ctwn" in ASCII, so that a foreign or emptied file is not taken for ours. */
export const APPLICATION_ID = 0x6374776e;

/** Deposits that nobody asked for, so that their daily limit holds after a restart. */
const AUTO_DEPOSIT_COLUMNS = `
  ALTER TABLE channels ADD COLUMN auto_deposited_units TEXT NOT NULL DEFAULT '0';
  ALTER TABLE channels ADD COLUMN auto_deposit_at_ms INTEGER;
  ALTER TABLE channels ADD COLUMN auto_deposits INTEGER NOT NULL DEFAULT 0;
`;

/** SQL of each step; the step at index n leads from `user_version` n to n + 1. */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE jobs (
    job_id TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('buyer', 'provider')),
    event_id TEXT NOT NULL,
    kind INTEGER NOT NULL,
    type TEXT NOT NULL,
    status TEXT NOT NULL,
    buyer TEXT NOT NULL,
    provider TEXT,
    callback_skill TEXT,
    created_at_ms INTEGER NOT NULL,
    updated_at_ms INTEGER NOT NULL,
    timeout_s INTEGER NOT NULL,
    amount_units TEXT NOT NULL,
    job_paid INTEGER NOT NULL,
    write_units TEXT NOT NULL,
    request BLOB NOT NULL,
    result_event_id TEXT,
    result BLOB,
    exit_code INTEGER,
    error_code TEXT,
    error_message TEXT,
    attempt INTEGER NOT NULL,
    runnable INTEGER NOT NULL,
    PRIMARY KEY (job_id, role)
  ) STRICT;
  CREATE UNIQUE INDEX jobs_event ON jobs (event_id, role);
  CREATE INDEX jobs_newest ON jobs (created_at_ms DESC, job_id DESC);
  CREATE INDEX jobs_status ON jobs (status, created_at_ms DESC);
  CREATE INDEX jobs_skill ON jobs (callback_skill, created_at_ms DESC) WHERE callback_skill IS NOT NULL;
  CREATE INDEX jobs_runnable ON jobs (created_at_ms, job_id) WHERE runnable = 1;

  CREATE TABLE outbox (
    outbox_id INTEGER PRIMARY KEY AUTOINCREMENT,
    job_id TEXT,
    purpose TEXT NOT NULL CHECK (purpose IN ('write', 'job')),
    event BLOB NOT NULL,
    destination TEXT NOT NULL,
    terminal_pubkey TEXT NOT NULL,
    amount_units TEXT,
    state TEXT NOT NULL CHECK (state IN ('pending', 'done', 'failed')),
    detail TEXT,
    created_at_ms INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX outbox_pending ON outbox (outbox_id) WHERE state = 'pending';

  CREATE TABLE payer_channels (
    channel_id TEXT NOT NULL PRIMARY KEY,
    peer TEXT NOT NULL,
    signed TEXT NOT NULL,
    nonce INTEGER NOT NULL,
    spent TEXT NOT NULL,
    forfeit TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE receiver_channels (
    channel_id TEXT NOT NULL PRIMARY KEY,
    peer TEXT NOT NULL,
    credited TEXT NOT NULL,
    watermark INTEGER NOT NULL,
    best_claim BLOB,
    spent TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE outgoing (
    channel_id TEXT NOT NULL,
    nonce INTEGER NOT NULL,
    cumulative TEXT NOT NULL,
    amount TEXT NOT NULL,
    claim BLOB NOT NULL,
    prepare BLOB NOT NULL,
    condition BLOB NOT NULL,
    obligation TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'fulfilled', 'refused')),
    expires_at_ms INTEGER NOT NULL,
    created_at_ms INTEGER NOT NULL,
    incoming_channel_id TEXT,
    incoming_nonce INTEGER,
    answer BLOB,
    PRIMARY KEY (channel_id, nonce)
  ) STRICT;
  CREATE INDEX outgoing_open ON outgoing (channel_id, nonce) WHERE state = 'open';
  CREATE INDEX outgoing_obligation ON outgoing (obligation, created_at_ms, nonce);

  CREATE TABLE incoming (
    channel_id TEXT NOT NULL,
    nonce INTEGER NOT NULL,
    hash BLOB NOT NULL,
    amount TEXT NOT NULL,
    prepare BLOB NOT NULL,
    obligation TEXT,
    state TEXT NOT NULL CHECK (state IN ('held', 'fulfilled', 'refused')),
    answer BLOB,
    next_channel_id TEXT,
    next_nonce INTEGER,
    received_at_ms INTEGER NOT NULL,
    PRIMARY KEY (channel_id, nonce)
  ) STRICT;
  CREATE INDEX incoming_held ON incoming (channel_id, nonce) WHERE state = 'held';
  CREATE UNIQUE INDEX incoming_obligation ON incoming (obligation)
    WHERE obligation IS NOT NULL AND state <> 'refused';

  CREATE TABLE seen (
    event_id TEXT NOT NULL PRIMARY KEY,
    outcome TEXT NOT NULL,
    at_ms INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE cursors (
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE snapshots (
    name TEXT NOT NULL PRIMARY KEY,
    counter INTEGER NOT NULL,
    sealed BLOB NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE quarantine (
    quarantine_id INTEGER PRIMARY KEY AUTOINCREMENT,
    bytes BLOB NOT NULL,
    reason TEXT NOT NULL,
    at_ms INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE sums (
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  `,
  `
  CREATE TABLE channels (
    ref TEXT NOT NULL PRIMARY KEY,
    chain_id INTEGER NOT NULL,
    genesis_hash TEXT NOT NULL,
    contract TEXT NOT NULL,
    channel_id TEXT,
    opened_block_hash TEXT,
    own_address TEXT NOT NULL,
    peer_address TEXT NOT NULL,
    peer_name TEXT NOT NULL,
    automatic INTEGER NOT NULL,
    status TEXT NOT NULL,
    settlement_timeout_s INTEGER NOT NULL,
    wanted_units TEXT NOT NULL,
    deposit_units TEXT NOT NULL,
    claimed_units TEXT NOT NULL,
    claimed_at_ms INTEGER,
    created_at_ms INTEGER NOT NULL,
    opened_at_ms INTEGER,
    settle_at_ms INTEGER,
    halted TEXT,
    note TEXT
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX channels_id ON channels (channel_id) WHERE channel_id IS NOT NULL;

  CREATE TABLE transactions (
    hash TEXT NOT NULL PRIMARY KEY,
    chain_id INTEGER NOT NULL,
    genesis_hash TEXT NOT NULL,
    sender TEXT NOT NULL,
    nonce INTEGER NOT NULL,
    channel_ref TEXT,
    call TEXT NOT NULL,
    raw TEXT NOT NULL,
    gas_limit TEXT NOT NULL,
    max_fee_per_gas_wei TEXT NOT NULL,
    max_priority_fee_per_gas_wei TEXT NOT NULL,
    state TEXT NOT NULL,
    block_number INTEGER,
    block_hash TEXT,
    fee_wei TEXT,
    opened_channel_id TEXT,
    reason TEXT,
    created_at_ms INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX transactions_nonce ON transactions (sender, nonce);
  CREATE INDEX transactions_channel ON transactions (channel_ref) WHERE channel_ref IS NOT NULL;
  CREATE INDEX transactions_unended ON transactions (created_at_ms)
    WHERE state IN ('signed', 'broadcast', 'mined');
  `,
  JOB_CHAIN_TABLES,
  JOURNAL_TABLES,
  JOB_KEY_TABLES,
  ANSWER_TABLES,
  JOB_DEADLINE_INDEX,
  JOURNAL_PROVIDER_INDEX,
  OPEN_KINDS_INDEX,
  BUDGET_TABLES,
  `
  ALTER TABLE outgoing ADD COLUMN written_off_at_ms INTEGER;
  CREATE INDEX outgoing_written_off ON outgoing (channel_id, written_off_at_ms)
    WHERE written_off_at_ms IS NOT NULL;
  `,
  JOB_FAILOVER_TABLES,
  AUTO_DEPOSIT_COLUMNS,
  CALLBACK_TABLES,
  QUARANTINE_COLUMNS,
];
