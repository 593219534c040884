/**
 * The table of job keys.
 *
 * @module
 */

/** The table, and the index by which old keys are forgotten. */
export const JOB_KEY_TABLES = `
  CREATE TABLE job_keys (
    key TEXT NOT NULL PRIMARY KEY,
    content TEXT NOT NULL,
    job_id TEXT NOT NULL,
    at_ms INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX job_keys_age ON job_keys (at_ms);
`;
