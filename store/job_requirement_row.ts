/**
 * What a buyer required of the provider of a job.
 *
 * @module
 */

/** The requirements of a job. */
export interface JobRequirementRow {
  /** A buyer's job. */
  readonly jobId: string;
  /** JSON, as the buyer's commands write it. */
  readonly requirements: string;
}

/** Stores the requirements of a new job, so that they hold when it is bought again or compared. */
export interface PutRequirements extends JobRequirementRow {
  readonly op: "putRequirements";
}
