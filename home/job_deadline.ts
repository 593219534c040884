/**
 * A buyer's deadlines (R5): jobs whose time is over end as `timeout`, also those that nobody waits for and those whose deadline
 * passed while no process was at work.
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

/** What time keeping works on. */
interface TimeKeeperDeps {
  readonly store: Pick<Store, "getJob" | "commit" | "overdueJobs">;
  /** Milliseconds since the epoch; may be set back. */
  readonly clock: () => number;
  /** Milliseconds that pass whatever the clock is set to. */
  readonly elapsedMs: () => number;
}

/** Ends jobs whose time is over, those of the store that are not waited for included. */
interface TimeKeeper {
  /** Looks once. Rejects when the store fails. */
  look(): Promise<void>;
}

/**
 * Makes a time channel manager. A clock that is set back lengthens no deadline: the jobs that were there then are judged by the time that has
 * really passed, those made later by the clock alone. After a restart a job is at least as old as its last change says.
 *
 * Held: an offset for each job that was open when the clock was set back.
 */
export function timeKeeper({ store, clock, elapsedMs }: TimeKeeperDeps): TimeKeeper {
  const started = { atMs: clock(), elapsedMs: elapsedMs() };
  let last = started;
  let first = true;
  let offsets = new Map<string, number>();
  let furthestMs = 0;

  /** By how much the clock was set back since the last look. */
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
      const { atMs } = last;
      const graceIsOver = last.elapsedMs - started.elapsedMs >= GRACE_MS;
      const overdue = await store.overdueJobs("buyer", atMs + furthestMs, LOOKED_AT);
      for (const { jobId, deadlineMs: dueMs } of overdue) {
        const offsetMs = offsets.get(jobId) ?? 0;
        if (atMs + offsetMs < dueMs) continue;
        // What the relay has stored of one that was late when we came has a moment to come in.
        if (dueMs <= started.atMs + offsetMs && !graceIsOver) continue;
        await endOverdue(store, jobId, atMs + offsetMs);
        offsets.delete(jobId);
      }
    },
  };
}

/** Later than any deadline, and more than there may be. */
const ALL_MS = Number.MAX_SAFE_INTEGER;
const ALL = 1_000_000;
/** Overdue jobs that one look ends. */
const LOOKED_AT = 10_000;
/** What a clock may be corrected by without being called set back. */
const STEP_MS = 1_000;

/** Keeps the time of a home's jobs (R5), looking once a second; gives what stops it. */
export function keepTime({ store, options: { log } }: Pick<Home, "store" | "options">): () => void {
  const manager = timeKeeper({ store, clock: Date.now, elapsedMs: () => performance.now() });
  let looking = false;
  const timer = setInterval(() => {
    if (looking) return;
    looking = true;
    manager.look()
      .catch((error: Error) =>
        log("warn", "time limits could not be checked", { error: error.message })
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
  if (row === null || isEnded(row.status)) return row;
  // A clock that was set back makes no job younger than its last change.
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
    // Its result came in between: that counts.
    if (!isConflict(error)) throw error;
  }
  return await store.getJob(jobId, "buyer");
}

/** With what was known by then: why it was not posted, or whom it waited for. */
function timeoutWords({ timeoutS, errorCode, errorMessage }: JobRow): string {
  const words = `no result within ${timeoutS} s`;
  return errorCode === null || errorMessage === null
    ? words
    : `${words}: ${errorMessage} (${errorCode})`;
}

/** A change is told at once; the clock, which may be set meanwhile, is looked at this often. */
const WATCH_MS = 3_000;
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
  const steady = steadyClock(clock);
  const startedMs = steady();
  let row = await store.getJob(jobId, "buyer");
  while (row !== null && !isThere(row)) {
    signal.throwIfAborted();
    const before: JobRow = row;
    const nowMs = steady();
    // A clock that was set back since the job was made has the time limit begin now, and not when it has caught up.
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
