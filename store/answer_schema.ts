/**
 * The table of answers that did not count.
 *
 * @module
 */

/** The table; answers to jobs that nobody here posted stand under the empty id. */
export const ANSWER_TABLES = `
  CREATE TABLE answers (
    job_id TEXT NOT NULL,
    outcome TEXT NOT NULL,
    count INTEGER NOT NULL,
    event_id TEXT NOT NULL,
    pubkey TEXT NOT NULL,
    kind INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    PRIMARY KEY (job_id, outcome)
  ) STRICT, WITHOUT ROWID;
`;
