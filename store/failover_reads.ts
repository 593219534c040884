/**
 * The reads of a store about providers that failed a job, and about those that may be asked next.
 *
 * @module
 */
import type { FailedAttempt, JobAttempt, PassedOver } from "./job_attempt_row.ts";

/** The reads. */
export interface FailoverReads {
  /** Providers that were asked for a job and failed, in order. */
  attemptsOf(jobId: string): Promise<JobAttempt[]>;
  /** Whether another provider would be asked if this job's payment were refused now. */
  mayPassOn(jobId: string): Promise<boolean>;
  /** Providers that failed a job after `sinceMs`, each with its last failure. */
  passedOver(sinceMs: number): Promise<PassedOver[]>;
  /** Jobs that providers accepted and failed, and that were passed on to others; the newest first. */
  failedAttempts(limit: number): Promise<FailedAttempt[]>;
}
