/**
 * A buyer's deadlines (R5): jobs whose time is over end as `timeout`, also those that nobody waits for and those whose deadline
 * passed while no process was at work.
 *
 * @module
 */
import { isEnded } from "../services/store/job_row.ts";
import type { JobRow, Store } from "../services/store/store.ts";
import type { Home } from "./home.ts";

/**
 * Ends jobs of this home whose time is over (R5), also those that nobody waits for; gives what stops it. Looks once a second for
 * those that are overdue.
 */
export function keepTime(home: Home): () => void {
  const startedMs = Date.now();
  const look = async () => {
    const nowMs = Date.now();
    for (const { jobId, deadlineMs } of await home.store.overdueJobs("buyer", nowMs, 1_000)) {
      if (nowMs >= dueMs(deadlineMs, startedMs)) await endOverdue(home.store, jobId, nowMs);
    }
  };
  let looking = false;
  const timer = setInterval(() => {
    if (looking) return;
    looking = true;
    look()
      .catch((error: Error) =>
        home.options.log("warn", "time limits could not be checked", { error: error.message })
      )
      .finally(() => looking = false);
  }, TICK_MS);
  return () => clearInterval(timer);
}

const TICK_MS = 1_000;

function deadlineMs(row: JobRow): number {
  return row.createdAtMs + row.timeoutS * 1000;
}

/** When a job may be ended by who looks since `sinceMs`: what the relay has stored of one that was late by then comes in first. */
function dueMs(deadlineMs: number, sinceMs: number): number {
  return deadlineMs > sinceMs ? deadlineMs : sinceMs + GRACE_MS;
}

/** Ends a buyer's job that is past its deadline as `timeout` (R5); gives the row as it is then. */
export async function endOverdue(
  store: Pick<Store, "getJob" | "commit">,
  jobId: string,
  nowMs: number,
): Promise<JobRow | null> {
  const row = await store.getJob(jobId, "buyer");
  if (row === null || isEnded(row.status) || nowMs < deadlineMs(row)) return row;
  const patch: Partial<JobRow> = {
    status: "timeout",
    errorCode: "timeout",
    errorMessage: `no result within ${row.timeoutS} s`,
    updatedAtMs: nowMs,
  };
  try {
    await store.commit([{ op: "patchJob", jobId, role: "buyer", patch }]);
  } catch (error) {
    // Its result came in between: that counts.
    if ((error as { code?: unknown }).code !== "conflict") throw error;
  }
  return await store.getJob(jobId, "buyer");
}

const WATCH_MS = 250;
const GRACE_MS = 3_000;

/**
 * Waits until the job is there (over, unless told otherwise); at its time limit it is `timeout` (R5), though not
 * before what the relay has stored had a moment to come in. Every change is told.
 *
 * @throws the signal's reason when it is aborted; the job stays as it is
 */
export async function awaitJob(
  { store }: { readonly store: Pick<Store, "getJob" | "commit" | "watchJob"> },
  jobId: string,
  signal: AbortSignal,
  isThere: (row: JobRow) => boolean = ({ status }) => isEnded(status),
  onChange: (row: JobRow) => void = () => undefined,
  clock: () => number = Date.now,
): Promise<JobRow> {
  const startedMs = clock();
  let row = await store.getJob(jobId, "buyer");
  while (row !== null && !isThere(row)) {
    signal.throwIfAborted();
    const before: JobRow = row;
    const nowMs = clock();
    row = nowMs >= dueMs(deadlineMs(row), startedMs) && !isEnded(row.status)
      ? await endOverdue(store, jobId, nowMs)
      : await store.watchJob(jobId, "buyer", before.updatedAtMs, WATCH_MS) ?? before;
    if (row !== null && row.updatedAtMs !== before.updatedAtMs) onChange(row);
  }
  if (row === null) throw new RangeError(`Cannot wait for ${jobId}: there is no such job`);
  return row;
}
