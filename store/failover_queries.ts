/**
 * The reads of {@link FailoverReads} over one connection.
 *
 * @module
 */
import { text, whole } from "./checks.ts";
import type { Database } from "./database.ts";
import type { FailoverReads } from "./failover_reads.ts";
import { attemptByEvent, attemptsOf, leftForSuccessor, mayPassOn } from "./job_failover.ts";
import { recordOf } from "./distrust.ts";
import { failedAttempts, passedOver } from "./failed_providers.ts";
import { jobRequirements } from "./job_requirements.ts";
import { quotedPrices } from "./quotes.ts";
import { silentJobs } from "./silent_jobs.ts";

const DELIVERERS = `SELECT provider FROM (SELECT role, provider FROM jobs WHERE status = 'success'
    ORDER BY created_at_ms DESC LIMIT 200)
  WHERE role = 'buyer' AND provider IS NOT NULL GROUP BY provider
  ORDER BY count(*) DESC, provider LIMIT 16`;

/** Makes the reads. */
export function createFailoverQueries(db: Database): FailoverReads {
  return {
    // deno-lint-ignore require-await
    async attemptsOf(jobId) {
      return attemptsOf(db, text("jobId", jobId));
    },
    // deno-lint-ignore require-await
    async attemptByEvent(eventId) {
      return attemptByEvent(db, text("eventId", eventId));
    },
    // deno-lint-ignore require-await
    async jobRequirements(jobId) {
      return jobRequirements(db, text("jobId", jobId));
    },
    // deno-lint-ignore require-await
    async mayPassOn(jobId) {
      return mayPassOn(db, text("jobId", jobId));
    },
    // deno-lint-ignore require-await
    async deliverers() {
      return db.all(DELIVERERS).map(({ provider }) => provider as string);
    },
    // deno-lint-ignore require-await
    async silentJobs(nowMs, limit) {
      return silentJobs(db, whole("nowMs", nowMs), limit);
    },
    // deno-lint-ignore require-await
    async leftForSuccessor(jobId) {
      return leftForSuccessor(db, text("jobId", jobId));
    },
    // deno-lint-ignore require-await
    async passedOver(sinceMs) {
      return passedOver(db, whole("sinceMs", sinceMs));
    },
    // deno-lint-ignore require-await
    async failedAttempts(limit) {
      return failedAttempts(db, whole("limit", limit));
    },
    // deno-lint-ignore require-await
    async providerRecord(provider, nowMs) {
      return recordOf(db, text("provider", provider), whole("nowMs", nowMs));
    },
    // deno-lint-ignore require-await
    async quotedPrices(provider, limit) {
      const of = provider === null ? null : text("provider", provider);
      return quotedPrices(db, of, whole("limit", limit));
    },
  };
}
