/**
 * Watches the row of a running job, because somebody else may end the job.
 *
 * @module
 */
import type { Store } from "../store/store.ts";
import { isAnswered } from "../protocols/job_status.ts";

/** How long a run takes before its row is watched. Most runs have ended by then. */
const WATCH_AFTER_MS = 500;
const WATCH_MS = 5_000;

/** A signal that aborts with the stage, and when somebody else ended the job. Dispose it after the run. */
export function untilOver(
  store: Pick<Store, "getJob" | "watchJob">,
  jobId: string,
  stage: AbortSignal,
): Disposable & { readonly signal: AbortSignal } {
  const stop = new AbortController();
  const over = new AbortController();
  const watch = async () => {
    let row = await store.getJob(jobId, "provider");
    while (row !== null && !isAnswered(row.status) && !over.signal.aborted) {
      row = await store.watchJob(jobId, "provider", row.updatedAtMs, WATCH_MS);
    }
    if (!over.signal.aborted) stop.abort();
  };
  // If the store fails, the run's own commit ends the stage.
  const timer = setTimeout(() => void watch().catch(() => undefined), WATCH_AFTER_MS);
  return {
    signal: AbortSignal.any([stage, stop.signal]),
    [Symbol.dispose]() {
      clearTimeout(timer);
      over.abort();
    },
  };
}
