/**
 * A buyer's deadlines. Overdue jobs end as `timeout`, even if nobody waits for them or no process was running at their deadline.
 *
 * @module
 */
import { unlessAborted } from "../base/until_aborted.ts";
import { isConflict } from "../store/store_error.ts";
import { steadyClock } from "../base/steady_clock.ts";
import { isEnded } from "../protocols/job_status.ts";
import type { Store } from "../store/store.ts";
import type { JobRow } from "../store/job_row.ts";
import type { Home } from "./home.ts";
import { silenceWatch } from "./silent_providers.ts";

/** What the watch needs. */
interface DeadlineWatchDeps {
  readonly store: Pick<Store, "getJob" | "commit" | "overdueJobs">;
  /** The clock, in milliseconds since the epoch. It may be set back. */
  readonly clock: () => number;
  /** Elapsed milliseconds, independent of changes of the clock. */
  readonly elapsedMs: () => number;
}

/** Ends overdue jobs, also those that nobody waits for. */
interface DeadlineWatch {
  /** Checks all jobs once. Rejects if the store fails. */
  look(): Promise<void>;
}

/**
 * Makes the watch of the deadlines. A clock that is set back does not extend deadlines: jobs that existed then are judged by elapsed time, and later
 * jobs by the clock. After a restart, a job's age is at least the age of its last change.
 *
 * Held: an offset for each job that was open when the clock was set back.
 */
export function deadlineWatch({ store, clock, elapsedMs }: DeadlineWatchDeps): DeadlineWatch {
  const started = { atMs: clock(), elapsedMs: elapsedMs() };
  let last = started;
  let first = true;
  let offsets = new Map<string, number>();
  let furthestMs = 0;
  let nextLookMs = 0;

  /** How far the clock was set back since the last check, in milliseconds. */
  const setBackMs = (): number => {
    const now = { atMs: clock(), elapsedMs: elapsedMs() };
    const backMs = last.atMs + (now.elapsedMs - last.elapsedMs) - now.atMs;
    last = now;
    return backMs > STEP_MS ? backMs : 0;
  };

  const adjust = async (backMs: number): Promise<void> => {
    const next = new Map<string, number>();
    for (const { jobId, updatedAtMs } of await store.overdueJobs("buyer", ALL_MS, ALL)) {
      const known = first ? Math.max(0, updatedAtMs - started.atMs) : offsets.get(jobId) ?? 0;
      if (known + backMs > 0) next.set(jobId, known + backMs);
    }
    offsets = next;
    furthestMs = Math.max(0, ...next.values());
    first = false;
  };

  return {
    async look() {
      const backMs = setBackMs();
      if (first || backMs > 0) await adjust(backMs);
      if (last.elapsedMs < nextLookMs) return;
      const { atMs } = last;
      const [next] = await store.overdueJobs("buyer", ALL_MS, 1);
      if (next === undefined) nextLookMs = last.elapsedMs + NONE_OPEN_MS;
      if (next === undefined || next.deadlineMs > atMs + furthestMs) return;
      const graceIsOver = last.elapsedMs - started.elapsedMs >= GRACE_MS;
      const overdue = await store.overdueJobs("buyer", atMs + furthestMs, LOOKED_AT);
      for (const { jobId, deadlineMs: dueMs } of overdue) {
        const offsetMs = offsets.get(jobId) ?? 0;
        if (atMs + offsetMs < dueMs) continue;
        // Jobs that were already overdue at the start wait for `GRACE_MS`, so that a result stored at the relay can still arrive.
        if (dueMs <= started.atMs + offsetMs && !graceIsOver) continue;
        await endOverdue(store, jobId, atMs + offsetMs);
        offsets.delete(jobId);
      }
    },
  };
}

/** Later than any possible deadline. */
const ALL_MS = Number.MAX_SAFE_INTEGER;
const ALL = 1_000_000;
/** The most overdue jobs that one check ends. */
const LOOKED_AT = 10_000;
/** Without an open job, the store is asked again after this time: a job that is made meanwhile and has less time ends that much later. */
const NONE_OPEN_MS = 3_000;
/** A smaller correction does not count as setting the clock back, in milliseconds. */
const STEP_MS = 1_000;

/**
 * Enforces the deadlines of a home's jobs once a second, and hands jobs of silent providers on. Returns a function that stops it.
 */
export function watchDeadlines(
  { store, relayReader, options: { log } }: Pick<Home, "store" | "relayReader" | "options">,
): () => void {
  const times = { clock: Date.now, elapsedMs: () => performance.now() };
  const watch = deadlineWatch({ store, ...times });
  const silence = silenceWatch({ store, relayReader, ...times, log });
  let looking = false;
  let listening = false;
  const listener = setInterval(() => {
    if (listening) return;
    listening = true;
    silence()
      .catch((error: Error) =>
        log("warn", "silent providers could not be looked for", { error: error.message })
      )
      .finally(() => listening = false);
  }, SILENCE_MS);
  const timer = setInterval(() => {
    if (looking) return;
    looking = true;
    watch.look()
      .catch((error: Error) =>
        log("warn", "time limits could not be checked", { error: error.message })
      )
      .finally(() => looking = false);
  }, TICK_MS);
  return () => {
    clearInterval(timer);
    clearInterval(listener);
  };
}

const TICK_MS = 1_000;
/** Silence is counted in many seconds, and each look reads more rows. */
const SILENCE_MS = 5_000;

function deadlineMs(row: JobRow): number {
  return row.createdAtMs + row.timeoutS * 1000;
}

/**
 * The time at which a job may be ended by a process that has watched since `sinceMs`. If the job was overdue by then, stored results get
 * time to arrive.
 */
function dueMs(deadlineMs: number, sinceMs: number): number {
  return deadlineMs > sinceMs ? deadlineMs : sinceMs + GRACE_MS;
}

/** Ends an overdue job of a buyer as `timeout`. Returns its row afterwards. */
export async function endOverdue(
  store: Pick<Store, "getJob" | "commit">,
  jobId: string,
  nowMs: number,
): Promise<JobRow | null> {
  const row = await store.getJob(jobId, "buyer");
  if (row === null || isEnded(row.status)) return row;
  // If the clock was set back, a job still counts as at least as old as its last change.
  if (Math.max(nowMs, row.updatedAtMs) < deadlineMs(row)) return row;
  const patch: Partial<JobRow> = {
    status: "timeout",
    ...row.status === "quoted" && row.errorCode === "payment_required"
      ? { errorMessage: `${row.errorMessage}; nothing was paid within ${row.timeoutS} s` }
      : { errorCode: "timeout", errorMessage: timeoutWords(row) },
    updatedAtMs: nowMs,
  };
  try {
    await store.commit([{ op: "patchJob", jobId, role: "buyer", patch }]);
  } catch (error) {
    // The result arrived before the commit, and it counts.
    if (!isConflict(error)) throw error;
  }
  return await store.getJob(jobId, "buyer");
}

/** The message of a timeout names the known cause: why the job was not posted, or what it waited for. */
function timeoutWords({ timeoutS, errorCode, errorMessage }: JobRow): string {
  const words = `no result within ${timeoutS} s`;
  return errorCode === null || errorMessage === null
    ? words
    : `${words}: ${errorMessage} (${errorCode})`;
}

/** How often the clock is checked, in milliseconds, because it may be set. A change of the row is reported at once. */
const WATCH_MS = 3_000;
const GRACE_MS = 3_000;

/**
 * Waits until the job has the wanted state (by default: ended) and reports every change. At its time limit the job ends as `timeout`,
 * but only after stored results had time to arrive.
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
  const steady = steadyClock(clock);
  const startedMs = steady();
  let row = await store.getJob(jobId, "buyer");
  while (row !== null && !isThere(row)) {
    signal.throwIfAborted();
    const before: JobRow = row;
    const nowMs = steady();
    // If the clock was set back since the job was made, the time limit starts now.
    const aheadMs = Math.max(0, row.createdAtMs - startedMs);
    const leftMs = dueMs(deadlineMs(row) - aheadMs, startedMs) - nowMs;
    if (leftMs <= 0 && !isEnded(row.status)) {
      row = await endOverdue(store, jobId, nowMs + aheadMs);
    } else {
      const waitMs = leftMs > 0 ? Math.min(WATCH_MS, Math.ceil(leftMs)) : WATCH_MS;
      const watched = store.watchJob(jobId, "buyer", before.updatedAtMs, waitMs);
      row = await unlessAborted(signal, watched) ?? before;
    }
    if (row !== null && row.updatedAtMs !== before.updatedAtMs) onChange(row);
  }
  if (row === null) throw new RangeError(`Cannot wait for ${jobId}: there is no such job`);
  return row;
}
