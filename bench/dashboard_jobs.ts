/**
 * Jobs for the benches of the dashboard.
 *
 * @module
 */
import type { JobRow } from "../store/job_row.ts";

/** The job with this number. */
export function benchJob(i: number): JobRow {
  const eventId = i.toString(16).padStart(8, "0").padEnd(64, "a");
  return {
    jobId: `job-${eventId.slice(0, 8)}`,
    role: "buyer",
    eventId,
    kind: 5600,
    type: "echo",
    status: "posted",
    buyer: "b".repeat(64),
    provider: "c".repeat(64),
    callbackSkill: null,
    createdAtMs: Date.now(),
    updatedAtMs: Date.now(),
    timeoutS: 300,
    amountUnits: 8_750n,
    jobPaid: false,
    writeUnits: 0n,
    request: new Uint8Array(800),
    resultEventId: null,
    result: null,
    exitCode: null,
    errorCode: null,
    errorMessage: null,
    attempt: 0,
  };
}
