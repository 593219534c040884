/**
 * What the outbox tells about one event, and about a provider's jobs: every event about a job goes through it.
 *
 * @module
 */
import type { JobRow, OutboxRow } from "./job_row.ts";
import type { UndeliveredRow } from "./undelivered_row.ts";

/** Reads of the newest 1,000 entries, where older ones are not found, and of messages to relays of others. */
export interface OutboxReads {
  /** The newest entry with exactly these bytes. Null if there is none. */
  outboxEntry(event: Uint8Array): Promise<Pick<OutboxRow, "outboxId" | "state" | "detail"> | null>;
  /** Whether an entry that was sent, or is still to be sent, is about this job. */
  hasTold(jobId: string): Promise<boolean>;
  /**
   * A provider's jobs that may run, were accepted at `untilMs` or before, were never started, and about which the outbox has nothing. The
   * oldest first, at most `limit`, without those in `except`.
   */
  queuedJobs(untilMs: number, except: readonly string[], limit: number): Promise<JobRow[]>;
  /** Private messages that a relay of their reader does not have: those to be tried at `dueAtMs`, or with null all, the newest first. */
  undelivered(dueAtMs: number | null, limit: number): Promise<UndeliveredRow[]>;
}
