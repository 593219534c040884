/**
 * Jobs for the benches of the dashboard.
 *
 * @module
 */
import type { JobRow } from "../store/job_row.ts";
import { openJob } from "./open_job.ts";

/** The job with this number. */
export function benchJob(i: number): JobRow {
  const eventId = i.toString(16).padStart(8, "0").padEnd(64, "a");
  return openJob({
    jobId: `job-${eventId.slice(0, 8)}`,
    eventId,
    kind: 5600,
    type: "echo",
    provider: "c".repeat(64),
    timeoutS: 300,
    amountUnits: 8_750n,
    writeUnits: 0n,
    request: new Uint8Array(800),
  });
}
