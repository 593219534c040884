/**
 * Watches the row of a job that runs: somebody else may end it.
 *
 * @module
 */
import type { Store } from "../store/store.ts";
import { isAnswered } from "../protocols/job_status.ts";

/** How long a run goes on before its row is watched: most are over by then. */
const WATCH_AFTER_MS = 500;
const WATCH_MS = 5_000;

/** A signal that is aborted with the stage, and when somebody else ended the job; to be disposed when the run is over. */
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
  // A store that fails ends the stage at the run's own commit.
  const timer = setTimeout(() => void watch().catch(() => undefined), WATCH_AFTER_MS);
  return {
    signal: AbortSignal.any([stage, stop.signal]),
    [Symbol.dispose]() {
      clearTimeout(timer);
      over.abort();
    },
  };
}
