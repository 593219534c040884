/**
 * The index by which the kinds of unfinished jobs are found.
 *
 * @module
 */

/** The index by which they are found. */
export const OPEN_KINDS_INDEX = `
  CREATE INDEX jobs_open_kinds ON jobs (role, kind)
    WHERE status NOT IN ('success', 'error', 'refused', 'timeout', 'cancelled');
`;
