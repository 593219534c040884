/**
 * The index that finds the kinds of unfinished jobs.
 *
 * @module
 */

/** Unfinished jobs by role and kind. */
export const OPEN_KINDS_INDEX = `
  CREATE INDEX jobs_open_kinds ON jobs (role, kind)
    WHERE status NOT IN ('success', 'error', 'refused', 'timeout', 'cancelled');
`;
