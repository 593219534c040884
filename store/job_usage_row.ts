/**
 * What a run of a job took of its provider's machine.
 *
 * @module
 */

/** All attempts of a job together, but for the peak. */
export interface JobUsageRow {
  readonly jobId: string;
  /** Processor time of all its processes, milliseconds. Null where this machine could not tell. */
  readonly cpuMs: number | null;
  /** The most memory at one time, bytes. Null where this machine could not tell. */
  readonly memoryBytes: number | null;
  /** From start to end, milliseconds. */
  readonly wallMs: number;
  /** Of the request. */
  readonly inputBytes: number;
  /** What it printed, kept or not. */
  readonly outputBytes: number;
  /** What it sent and got by its way out, bytes. Null where it had none, or nothing counted it. */
  readonly networkBytes: number | null;
}

/** Adds a run to what the job took before. */
export interface AddJobUsage {
  readonly op: "addJobUsage";
  readonly row: JobUsageRow;
}
