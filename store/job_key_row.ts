/**
 * Job keys: which job a command made.
 *
 * @module
 */
import type { JobRow } from "./job_row.ts";

/** From now on, this key finds this buyer's job. */
export interface ClaimJobKey {
  readonly op: "claimJobKey";
  /** Identifies the command within its network and wallet. */
  readonly key: string;
  /** Identifies the content of the job, so that a key chosen by the user is not used for two different jobs. */
  readonly content: string;
  /** A job of this commit or of an earlier one. */
  readonly jobId: string;
  readonly atMs: number;
  /** If a job has claimed the key after this time, the claim is a `conflict`; null takes the key from any job. */
  readonly sinceMs: number | null;
}

/** The job that holds a key. */
export interface KeyedJob {
  readonly row: JobRow;
  readonly content: string;
  /** When the key was claimed. */
  readonly atMs: number;
}
