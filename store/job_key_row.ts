/**
 * Which job a command made, by the command's key.
 *
 * @module
 */
import type { JobRow } from "./job_row.ts";

/** A buyer's job is found by this key from now on. */
export interface ClaimJobKey {
  readonly op: "claimJobKey";
  /** Names the command within its network and wallet. */
  readonly key: string;
  /** Names what the job is, so that a key given by hand is not used for two different jobs. */
  readonly content: string;
  /** A job of this commit or an earlier one. */
  readonly jobId: string;
  readonly atMs: number;
  /** `conflict` when a job holds the key since later than this; null takes it over from whichever job has it. */
  readonly sinceMs: number | null;
}

/** The job that holds a key. */
export interface KeyedJob {
  readonly row: JobRow;
  readonly content: string;
  /** When the key was claimed. */
  readonly atMs: number;
}
