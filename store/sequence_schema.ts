/**
 * The tables of sequences: one of the steps of schema.ts, never edited once released.
 *
 * @module
 */

/** SQL of the step. */
export const SEQUENCE_TABLES = `
  CREATE TABLE job_chains (
    chain_id TEXT NOT NULL PRIMARY KEY,
    name TEXT,
    key TEXT NOT NULL,
    network TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('running', 'success', 'failed', 'compensated', 'cancelled')),
    path TEXT NOT NULL CHECK (path IN ('steps', 'failure')),
    document BLOB NOT NULL,
    budget_units TEXT,
    created_at_ms INTEGER NOT NULL,
    updated_at_ms INTEGER NOT NULL,
    error_code TEXT,
    error_message TEXT
  ) STRICT;
  CREATE UNIQUE INDEX job_chains_key ON job_chains (key) WHERE status = 'running';
  CREATE INDEX job_chains_same ON job_chains (key, created_at_ms DESC);
  CREATE INDEX job_chains_newest ON job_chains (created_at_ms DESC, chain_id DESC);
  CREATE INDEX job_chains_running ON job_chains (created_at_ms, chain_id) WHERE status = 'running';

  CREATE TABLE job_chain_steps (
    chain_id TEXT NOT NULL,
    name TEXT NOT NULL,
    position INTEGER NOT NULL,
    path TEXT NOT NULL CHECK (path IN ('steps', 'failure')),
    status TEXT NOT NULL CHECK (status IN ('pending', 'running', 'success', 'failed', 'skipped', 'cancelled')),
    started_at_ms INTEGER,
    ended_at_ms INTEGER,
    error_code TEXT,
    error_message TEXT,
    PRIMARY KEY (chain_id, name)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE job_chain_attempts (
    chain_id TEXT NOT NULL,
    step TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    job_id TEXT NOT NULL,
    provider TEXT NOT NULL,
    reserved_units TEXT NOT NULL,
    created_at_ms INTEGER NOT NULL,
    PRIMARY KEY (chain_id, step, attempt)
  ) STRICT, WITHOUT ROWID;
  CREATE UNIQUE INDEX job_chain_attempts_job ON job_chain_attempts (job_id);
`;
