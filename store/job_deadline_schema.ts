/**
 * The index over the deadlines of jobs.
 *
 * @module
 */

/** The index by which they are found: unfinished jobs by the moment at which they are given up. */
export const JOB_DEADLINE_INDEX = `
  CREATE INDEX jobs_deadline ON jobs (role, created_at_ms + timeout_s * 1000)
    WHERE status NOT IN ('success', 'error', 'refused', 'timeout', 'cancelled');
`;
