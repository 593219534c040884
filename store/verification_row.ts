/**
 * A job that is bought several times, so that its answers can be compared: which jobs belong together, and how many must agree.
 *
 * @module
 */

/** The most jobs that one verification has. */
export const MAX_VERIFIERS = 9;

/** One of the jobs of a verification. */
export interface VerificationRow {
  /** A buyer's job. */
  readonly jobId: string;
  /** The first of these jobs; it names the verification. */
  readonly leadId: string;
  /** From 0, without gaps. */
  readonly position: number;
  /** So many equal answers are needed: more than half. */
  readonly needed: number;
  /** So many jobs there are. */
  readonly count: number;
  /** When it was made. */
  readonly atMs: number;
}

/** Jobs of the same commit belong together: all of them, in order, each of another provider. */
export interface PutVerification {
  readonly op: "putVerification";
  readonly rows: readonly VerificationRow[];
}
