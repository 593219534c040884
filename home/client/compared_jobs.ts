/**
 * Makes jobs whose answers are compared, and works on them together.
 *
 * @module
 */
import type { JobRow } from "../../store/job_row.ts";
import type { Change, Store } from "../../store/store.ts";
import type { HomeApi, HomeCall, NewJob, NewThird, NewVerification } from "./home_api.ts";
import { untilBooked, untilJobThere } from "./job_progress.ts";

/** The changes that make a job durable. */
export function changesOf(
  { row, outbox, claim, failover, quote, meter, schemas, requirements }: NewJob,
): Change[] {
  return [
    { op: "putJob", row, expect: "absent" },
    ...claim === null ? [] : [claim],
    ...failover === null ? [] : [failover],
    ...quote ? [quote] : [],
    ...meter ? [meter] : [],
    ...schemas ? [schemas] : [],
    ...requirements ? [requirements] : [],
    ...outbox.map((each): Change => ({ op: "addOutbox", row: each })),
  ];
}

/** The changes that store which jobs are compared. The store refuses rows that do not make a verification. */
export function comparing(
  jobs: readonly NewJob[],
  { needed, challenge, compare, judge }: Omit<NewVerification, "jobs">,
): Change {
  const [lead] = jobs;
  return {
    op: "putVerification",
    rows: jobs.map(({ row }, position) => ({
      jobId: row.jobId,
      leadId: lead.row.jobId,
      position,
      needed,
      count: jobs.length,
      challenge,
      compare,
      judge,
      atMs: lead.row.createdAtMs,
    })),
  };
}

/** The changes that make the third job of a challenge. The store refuses them if the challenge has three jobs. */
export function thirdChanges({ job, leadId }: NewThird): Change[] {
  return [...changesOf(job), { op: "joinVerification", leadId, jobId: job.row.jobId }];
}

/** The rows of a buyer's jobs. Throws RangeError for one that is unknown. */
export async function rowsOfJobs(
  store: Pick<Store, "getJob">,
  jobIds: readonly string[],
): Promise<JobRow[]> {
  const rows = await Promise.all(jobIds.map((jobId) => store.getJob(jobId, "buyer")));
  return rows.map((row, at) => {
    if (row === null) throw new RangeError(`Cannot wait for ${jobIds[at]}: there is no such job`);
    return row;
  });
}

/**
 * Waits until `count` of the jobs have reached the state and are booked, at most for the given time. Rejects with the signal's reason, or
 * with the error of a wait.
 */
export async function untilSomeThere(
  store: Pick<Store, "getJob" | "watchJob" | "callbacksOf" | "pendingOfJob">,
  { jobIds, wanted, count, forMs }: Parameters<HomeApi["untilJobs"]>[0],
  call: HomeCall<JobRow>,
): Promise<void> {
  const enough = new AbortController();
  const signal = AbortSignal.any([call.signal, enough.signal]);
  let there = 0;
  const waits = jobIds.map(async (jobId) => {
    const row = await untilJobThere(store, jobId, wanted, { ...call, signal }, 0);
    if (wanted === "ended" && row.status !== "timeout") await untilBooked(store, jobId, signal);
    if (++there >= count) enough.abort();
  });
  const timer = forMs === null ? undefined : setTimeout(() => enough.abort(), forMs);
  try {
    await Promise.all(waits);
  } catch (error) {
    if (call.signal.aborted || !enough.signal.aborted) throw error;
  } finally {
    clearTimeout(timer);
    enough.abort();
    await Promise.allSettled(waits);
  }
}
