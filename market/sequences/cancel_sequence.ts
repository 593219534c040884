/**
 * Cancels a sequence. One commit ends it and cancels the job that it waits for, so nothing more is bought for it.
 *
 * @module
 */
import { isConflict } from "../../store/store_error.ts";
import { isEnded } from "../../protocols/job_status.ts";
import type { Change, Store } from "../../store/store.ts";

const MAX_CONFLICTS = 16;

/**
 * Cancels the sequence. False if it had already ended. Payments are not returned. Throws StoreError, and RangeError for an unknown
 * sequence.
 */
export async function cancelSequence(
  store: Pick<Store, "sequence" | "commit">,
  sequenceId: string,
  atMs: number,
): Promise<boolean> {
  for (let conflicts = 0;; conflicts++) {
    const state = await store.sequence(sequenceId);
    if (state === null) {
      throw new RangeError(`Cannot cancel ${sequenceId}: there is no such sequence`);
    }
    if (state.sequence.status !== "running") return false;
    const open = state.attempts.filter(({ status }) => !isEnded(status));
    const message = `cancelled with ${state.sequence.sequenceId}`;
    const jobs = open.map(({ jobId }): Change => ({ op: "cancelJob", jobId, message, atMs }));
    try {
      await store.commit([...jobs, {
        op: "moveSequence",
        sequenceId: state.sequence.sequenceId,
        steps: [],
        sequence: {
          status: "cancelled",
          errorCode: "cancelled",
          errorMessage: "cancelled by its buyer",
        },
        atMs,
      }]);
      return true;
    } catch (error) {
      // The job ended or the sequence advanced between reading and writing, so both are read again.
      if (!isConflict(error) || conflicts >= MAX_CONFLICTS) throw error;
    }
  }
}
