/**
 * A buyer's job without a result, for homes that benches fill.
 *
 * @module
 */
import type { JobRow } from "../store/job_row.ts";

/** Size of a typical request, in bytes. */
export const REQUEST_BYTES = 875;

/** A posted `ci-run` with a day to answer, with these fields instead. */
export function openJob(fields: Pick<JobRow, "jobId" | "eventId"> & Partial<JobRow>): JobRow {
  const nowMs = Date.now();
  return {
    role: "buyer",
    kind: 5_601,
    type: "ci-run",
    status: "posted",
    buyer: "b".repeat(64),
    provider: "a".repeat(64),
    callbackSkill: null,
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
    timeoutS: 86_400,
    amountUnits: 1_000n,
    jobPaid: false,
    writeUnits: 8_750n,
    request: new Uint8Array(REQUEST_BYTES),
    resultEventId: null,
    result: null,
    exitCode: null,
    errorCode: null,
    errorMessage: null,
    attempt: 0,
    ...fields,
  };
}
