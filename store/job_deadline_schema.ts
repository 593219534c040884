/**
 * The index over the deadlines of jobs.
 *
 * @module
 */

/** Unfinished jobs by deadline. */
export const JOB_DEADLINE_INDEX = `
  CREATE INDEX jobs_deadline ON jobs (role, created_at_ms + timeout_s * 1000)
    WHERE status NOT IN ('success', 'error', 'refused', 'timeout', 'cancelled');
`;
