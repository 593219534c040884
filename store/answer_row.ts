/**
 * Answers that arrived for a job and were not accepted.
 *
 * @module
 */

import type { JobRow } from "./job_row.ts";

/** Marks an event as seen and counts it. An event that was seen before is not counted again. */
export interface RecordAnswer {
  readonly op: "recordAnswer";
  readonly eventId: string;
  /** Null if the event belongs to no job of this home. */
  readonly jobId: string | null;
  /** Why the event does not count, e.g. `foreign_provider`, or what it contradicts. A short snake_case word. */
  readonly outcome: string;
  /** The outcome with which the event is marked as seen; default `outcome`. */
  readonly seenAs?: string;
  /** Its author, in hex. */
  readonly pubkey: string;
  readonly kind: number;
  readonly atMs: number;
}

/** The answers of one job with one outcome. */
export interface AnswerCount {
  readonly outcome: string;
  readonly count: number;
  /** The newest event. */
  readonly eventId: string;
  readonly pubkey: string;
  readonly kind: number;
  readonly atMs: number;
}

/** The job that an answer is for. */
export interface AnsweredJob {
  readonly job: JobRow;
  /** The schema of a result of the answer's author, JSON; null if it announced none when the job was bought. */
  readonly schema: string | null;
}
