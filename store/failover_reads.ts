/**
 * The reads of a store about providers that failed a job, and about those that may be asked next.
 *
 * @module
 */
import type { ProviderRecord } from "./failing.ts";
import type { PriceOfJob } from "./quote_row.ts";
import type { FailedAttempt, JobAttempt, PassedOver, SilentJob } from "./job_attempt_row.ts";

/** The reads. */
export interface FailoverReads {
  /** Providers that were asked for a job and failed, in order. */
  attemptsOf(jobId: string): Promise<JobAttempt[]>;
  /** The job of a request to a provider that was dropped, and that provider. Null if no job was passed on from such a request. */
  attemptByEvent(
    eventId: string,
  ): Promise<{ readonly jobId: string; readonly provider: string } | null>;
  /** What the buyer required of this job's provider, JSON; null if it required nothing. */
  jobRequirements(jobId: string): Promise<string | null>;
  /** Whether another provider would be asked if this job's payment were refused now. */
  mayPassOn(jobId: string): Promise<boolean>;
  /** Jobs whose paid provider is silent at this time, and that may go to another one (silent_jobs.ts); the longest silent first. */
  silentJobs(nowMs: number, limit: number): Promise<SilentJob[]>;
  /**
   * The most that the provider which was asked next may cost in all, after its request was written. Null if no other provider was asked.
   * With a bid, it is what is left of the bid.
   */
  leftForSuccessor(jobId: string): Promise<bigint | null>;
  /** Providers of this home's last 200 jobs that succeeded, the one with the most of them first, at most 16. */
  deliverers(): Promise<string[]>;
  /** Providers that failed a job after `sinceMs`, each with its last failure. */
  passedOver(sinceMs: number): Promise<PassedOver[]>;
  /** Jobs that providers accepted and failed, and that were passed on to others; the newest first. */
  failedAttempts(limit: number): Promise<FailedAttempt[]>;
  /** How the last paid jobs of a provider went, by which it may be distrusted (docs/money.md#distrust). */
  providerRecord(provider: string, nowMs: number): Promise<ProviderRecord>;
  /**
   * The quoted prices of a provider's jobs beside the announced ones; the newest first. `provider` null: those of all providers that are not
   * exactly as announced.
   */
  quotedPrices(provider: string | null, limit: number): Promise<PriceOfJob[]>;
}
