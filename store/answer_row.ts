/**
 * Answers that came for a job and did not count.
 *
 * @module
 */

/** Marks an event as seen and counts it. One that was seen before is not counted again. */
export interface RecordAnswer {
  readonly op: "recordAnswer";
  readonly eventId: string;
  /** Null where it belongs to no job of this home. */
  readonly jobId: string | null;
  /** Why it does not count, e.g. `foreign_provider`, or what it contradicts. A short snake_case word. */
  readonly outcome: string;
  /** What the event is marked as seen with; `outcome` unless told. */
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
  /** Of the newest. */
  readonly eventId: string;
  readonly pubkey: string;
  readonly kind: number;
  readonly atMs: number;
}
