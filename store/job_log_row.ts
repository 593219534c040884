/**
 * A job's live log as the store keeps it, and the change that adds to it. A log is the output of the job's command, in pieces; each piece
 * begins where the one before ended. It can grow until the job has its answer.
 *
 * @module
 */
import type { JobRow } from "./job_row.ts";

/** A piece of a log. */
export interface JobLogRow {
  readonly jobId: string;
  readonly role: JobRow["role"];
  /** Offset of its first byte in the whole log. */
  readonly offset: number;
  /** How many bytes of the log it contains; at least 1. */
  readonly sizeBytes: number;
  /** These bytes, compressed (raw DEFLATE). */
  readonly deflated: Uint8Array;
}

/** The stored part of a log from an offset on. */
export interface JobLog {
  /** In order and without gaps. The first piece may begin before the offset that was asked for. */
  readonly pieces: readonly Pick<JobLogRow, "offset" | "sizeBytes" | "deflated">[];
  /** Length of the log so far, bytes. */
  readonly endBytes: number;
  /** Whether the job has its answer, so that the log is complete. */
  readonly ended: boolean;
}

/** Adds a piece. A piece that does not begin at the end of the log is a `conflict`; a piece that is already there changes nothing. */
export interface AddJobLog {
  readonly op: "addJobLog";
  readonly row: JobLogRow;
}
