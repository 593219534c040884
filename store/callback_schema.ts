/**
 * The table of callbacks.
 *
 * @module
 */

/** The table. Of one job the oldest waiting document is given first. */
export const CALLBACK_TABLES = `
  CREATE TABLE callbacks (
    callback_id INTEGER PRIMARY KEY AUTOINCREMENT,
    job_id TEXT NOT NULL,
    event_id TEXT NOT NULL,
    skill TEXT NOT NULL,
    document BLOB NOT NULL,
    encoding TEXT NOT NULL CHECK (encoding IN ('toon', 'json')),
    state TEXT NOT NULL CHECK (state IN ('waiting', 'done', 'failed')),
    tries INTEGER NOT NULL,
    due_at_ms INTEGER NOT NULL,
    error_code TEXT,
    error_message TEXT,
    updated_at_ms INTEGER NOT NULL,
    UNIQUE (job_id, event_id)
  ) STRICT;
  CREATE INDEX callbacks_waiting ON callbacks (callback_id) WHERE state = 'waiting';
`;
