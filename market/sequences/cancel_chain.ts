/**
 * Gives a chain up: nothing more is bought for it, and the job that it waits for is given up with it, in one commit.
 *
 * @module
 */
import { isConflict } from "../../store/store_error.ts";
import { isEnded } from "../../protocols/job_status.ts";
import type { Change, Store } from "../../store/store.ts";

const MAX_CONFLICTS = 16;

/** Cancels it; false when it had ended. What was paid is not returned. Throws StoreError; RangeError for an unknown chain. */
export async function cancelChain(
  store: Pick<Store, "jobChain" | "commit">,
  chainId: string,
  atMs: number,
): Promise<boolean> {
  for (let conflicts = 0;; conflicts++) {
    const state = await store.jobChain(chainId);
    if (state === null) throw new RangeError(`Cannot cancel ${chainId}: there is no such chain`);
    if (state.chain.status !== "running") return false;
    const open = state.attempts.filter(({ status }) => !isEnded(status));
    const message = `given up with ${state.chain.chainId}`;
    const jobs = open.map(({ jobId }): Change => ({ op: "cancelJob", jobId, message, atMs }));
    try {
      await store.commit([...jobs, {
        op: "moveJobChain",
        chainId: state.chain.chainId,
        steps: [],
        chain: {
          status: "cancelled",
          errorCode: "cancelled",
          errorMessage: "given up by its buyer",
        },
        atMs,
      }]);
      return true;
    } catch (error) {
      // The job ended, or the chain went on, between reading and writing: look again.
      if (!isConflict(error) || conflicts >= MAX_CONFLICTS) throw error;
    }
  }
}
