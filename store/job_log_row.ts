/**
 * What a store keeps of a job's live log, and the change that adds to it. A log is the bytes that the job's command printed, in pieces
 * that begin where the one before ended; it may go on until the job has its answer.
 *
 * @module
 */
import type { JobRow } from "./job_row.ts";

/** A piece of a log. */
export interface JobLogRow {
  readonly jobId: string;
  readonly role: JobRow["role"];
  /** Where it begins in the whole log, bytes. */
  readonly offset: number;
  /** How many bytes of the log it holds; at least 1. */
  readonly sizeBytes: number;
  /** They, compressed (raw DEFLATE). */
  readonly deflated: Uint8Array;
}

/** What is kept of a log from an offset on. */
export interface JobLog {
  /** The first piece may begin before the offset that was asked for. In order, without gaps. */
  readonly pieces: readonly Pick<JobLogRow, "offset" | "sizeBytes" | "deflated">[];
  /** Where the log ends so far, bytes. */
  readonly endBytes: number;
  /** Whether the job has its answer, so that nothing is added. */
  readonly ended: boolean;
}

/** Adds a piece. One that does not begin where the log ends is a `conflict`; one that is there already changes nothing. */
export interface AddJobLog {
  readonly op: "addJobLog";
  readonly row: JobLogRow;
}
