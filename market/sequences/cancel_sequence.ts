/**
 * Gives a sequence up: nothing more is bought for it, and the job that it waits for is given up with it, in one commit.
 *
 * @module
 */
import { isConflict } from "../../store/store_error.ts";
import { isEnded } from "../../protocols/job_status.ts";
import type { Change, Store } from "../../store/store.ts";

const MAX_CONFLICTS = 16;

/** Cancels it; false when it had ended. What was paid is not returned. Throws StoreError; RangeError for an unknown sequence. */
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
    const message = `given up with ${state.sequence.sequenceId}`;
    const jobs = open.map(({ jobId }): Change => ({ op: "cancelJob", jobId, message, atMs }));
    try {
      await store.commit([...jobs, {
        op: "moveSequence",
        sequenceId: state.sequence.sequenceId,
        steps: [],
        sequence: {
          status: "cancelled",
          errorCode: "cancelled",
          errorMessage: "given up by its buyer",
        },
        atMs,
      }]);
      return true;
    } catch (error) {
      // The job ended, or the sequence went on, between reading and writing: look again.
      if (!isConflict(error) || conflicts >= MAX_CONFLICTS) throw error;
    }
  }
}
