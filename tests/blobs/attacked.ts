/** What the attacks on a blob server and on its client share. */
import assert from "node:assert/strict";
import { BlobTransferError } from "../../blobs/blob_transfer_error.ts";

/** The hash of no blob. */
export const HASH = "ab".repeat(32);

/** Limits of a side that waits for nobody, and of one that waits as long as a slow machine needs. */
export const QUICK = { idleMs: 150, leastBytesPerSecond: 100_000, graceMs: 300, requestMs: 300 };
export const PATIENT = { idleMs: 120_000, graceMs: 120_000, requestMs: 120_000 };

/** Whether an error is a `BlobTransferError` with this code. */
export function code(wanted: string) {
  return (error: unknown) => {
    assert.ok(error instanceof BlobTransferError, String(error));
    assert.equal(error.code, wanted, error.message);
    return true;
  };
}
