/**
 * The tables of attempts at a job.
 *
 * @module
 */

/** The tables, and the index by which providers are found that did not take a job. */
export const JOB_FAILOVER_TABLES = `
  CREATE TABLE job_failover (
    job_id TEXT NOT NULL PRIMARY KEY,
    budget_units TEXT,
    write_units TEXT NOT NULL,
    refusal_costs INTEGER NOT NULL,
    destination TEXT NOT NULL,
    terminal_pubkey TEXT NOT NULL,
    candidates TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE job_attempts (
    job_id TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    event_id TEXT NOT NULL,
    provider TEXT NOT NULL,
    code TEXT NOT NULL,
    message TEXT NOT NULL,
    paid_units TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    PRIMARY KEY (job_id, attempt)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX job_attempts_age ON job_attempts (at_ms);
`;
