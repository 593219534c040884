/**
 * The table of payments that are awaited after their job gave them up.
 *
 * @module
 */

/** The table: one row for each payment that is awaited so. */
export const LATE_PACKETS_TABLE = `
  CREATE TABLE late_packets (
    obligation TEXT NOT NULL PRIMARY KEY,
    job_id TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('buyer', 'provider'))
  ) STRICT, WITHOUT ROWID;
`;
