/**
 * What a job used of its provider's machine.
 *
 * @module
 */

/** The sum of all runs of a job; for memory, the maximum. */
export interface JobUsageRow {
  readonly jobId: string;
  /** Processor time of all its processes, milliseconds; null if this machine cannot measure it. */
  readonly cpuMs: number | null;
  /** Peak memory, bytes; null if this machine cannot measure it. */
  readonly memoryBytes: number | null;
  /** From start to end, milliseconds. */
  readonly wallMs: number;
  /** Size of the request. */
  readonly inputBytes: number;
  /** Bytes that it printed, kept or not. */
  readonly outputBytes: number;
  /** Bytes that it sent and received over its network access; null if it had none, or nothing counted them. */
  readonly networkBytes: number | null;
}

/** Adds a run to the job's usage. */
export interface AddJobUsage {
  readonly op: "addJobUsage";
  readonly row: JobUsageRow;
}
