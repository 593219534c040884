/**
 * Verification: a job that is bought several times so that its answers can be compared. The rows say which jobs belong together, and how
 * many answers must agree.
 *
 * @module
 */

/** The most jobs that one verification has. */
export const MAX_VERIFIERS = 9;

/**
 * How answers are compared. `kind`: as their kind says. `exit`: by the exit code alone. `digest`: by the image's digest alone. `json`: as
 * JSON values, whatever their white space and the order of their keys. `skill`: as a judging skill says.
 */
export const COMPARATORS = ["kind", "exit", "digest", "json", "skill"] as const;

/** One of {@link COMPARATORS}. */
export type Comparator = typeof COMPARATORS[number];

/** One of the jobs of a verification. */
export interface VerificationRow {
  /** A buyer's job. */
  readonly jobId: string;
  /** The first of these jobs, whose id identifies the verification. */
  readonly leadId: string;
  /** From 0, without gaps. */
  readonly position: number;
  /** How many equal answers are needed; more than half. */
  readonly needed: number;
  /** How many jobs there are. */
  readonly count: number;
  /** Whether it is a challenge: two jobs, and a third one only if their answers differ. */
  readonly challenge: boolean;
  /** How the answers are compared. */
  readonly compare: Comparator;
  /** The name of the skill that judges; null for every other comparison. */
  readonly judge: string | null;
  /** When it was made. */
  readonly atMs: number;
}

/** Makes a verification of jobs of the same commit: all of them, in order, each with another provider. */
export interface PutVerification {
  readonly op: "putVerification";
  readonly rows: readonly VerificationRow[];
}

/** Answers of a verification were accepted: enough are equal, or a challenged job has one alone. Again, it changes nothing. */
export interface AcceptAnswers {
  readonly op: "acceptAnswers";
  readonly jobIds: readonly string[];
}

/** Makes a job of the same commit the third one of a challenge that has two. */
export interface JoinVerification {
  readonly op: "joinVerification";
  /** The first job of the challenge. */
  readonly leadId: string;
  readonly jobId: string;
}
