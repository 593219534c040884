/**
 * A buyer's job from flags to outcome, on a home at work: built, assigned to a provider, durable, posted, paid, awaited.
 *
 * @module
 */
import type { Pubkey } from "../protocols/nostr/event.ts";
import { FEEDBACK_KIND, resultKindOf } from "../protocols/nostr/kinds.ts";
import type { JobFlags } from "../services/market/intake.ts";
import {
  chooseRequest,
  type JobTerms,
  type PlannedJob,
  rowsOf,
} from "../services/market/plan_job.ts";
import type { Market } from "../services/market/market_service.ts";
import { isEnded, UNENDED_STATUSES } from "../services/store/job_row.ts";
import type { Change, JobRow, Store } from "../services/store/store.ts";
import { RelayReaderError } from "../services/market/relay_questions.ts";
import type { Home } from "./home.ts";
import { RESULT_KINDS, startRelayInbound } from "./inbound.ts";
import type { SkillSet } from "./inbound.ts";
import type { Pipeline } from "./pipeline_spec.ts";

/** Finds who runs it and what it costs. Throws InputError `no_provider`, `bid_too_low`, `too_large`... */
export function planJob(home: Home, market: Market, flags: JobFlags): Promise<PlannedJob> {
  const { relayReader, identity, options: { profile } } = home;
  return chooseRequest({ profile, pubkey: identity.pubkey as Pubkey, relayReader }, market, flags);
}

/** Makes the job durable: its row with the callback, and what is to be sent, in one commit. */
export async function commitJob(home: Home, job: PlannedJob, flags: JobTerms): Promise<JobRow> {
  const { profile } = home.options;
  const jobId = await home.store.freeJobId(job.built.eventId);
  const pubkey = home.identity.pubkey as Pubkey;
  const { row, outbox } = rowsOf(profile, pubkey, jobId, job, flags, Date.now());
  await home.store.commit([
    { op: "putJob", row, expect: "absent" },
    ...outbox.map((each): Change => ({ op: "addOutbox", row: each })),
  ]);
  return row;
}

/** Starts listening for the answers to jobs; the pipeline runs until it is drained or aborted. */
export function listenForAnswers(
  home: Home,
  jobs: readonly JobRow[],
  skills: SkillSet,
  once = false,
): Promise<Pipeline> {
  const kinds = [...new Set(jobs.map(({ kind }) => resultKindOf(kind)))];
  const oldestMs = Math.min(...jobs.map(({ createdAtMs }) => createdAtMs));
  const since = Math.floor(oldestMs / 1000) - CLOCK_SKEW_S;
  return startRelayInbound(home, {
    name: "answers",
    role: "buyer",
    once,
    filters: [
      { kinds: [...kinds, FEEDBACK_KIND], "#e": jobs.map(({ eventId }) => eventId), since },
      // Answers to jobs that other commands hand over meanwhile.
      ...(once ? [] : [{
        kinds: RESULT_KINDS,
        "#p": [home.identity.pubkey],
        since: Math.floor(Date.now() / 1000) - CLOCK_SKEW_S,
      }]),
    ],
    rules: null,
    skills,
  });
}

/**
 * Takes in what the relay has stored for these jobs, and ends those that are past their deadline then. Throws RelayReaderError
 * `offline` when the relay does not answer, or stops answering on the way.
 */
export async function catchUp(
  home: Home,
  jobs: readonly JobRow[],
  skills: SkillSet,
): Promise<void> {
  await home.relayReader.reach();
  const answers = await listenForAnswers(home, jobs, skills, true);
  const timer = setTimeout(() => void answers.abort(), CATCH_UP_MS);
  try {
    await answers.ready;
    await answers.done;
  } catch (cause) {
    if ((cause as { code?: unknown }).code !== "aborted") throw cause;
    const told = `relay ${home.options.profile.relayUrl} stopped answering`;
    throw new RelayReaderError("offline", told, { cause });
  } finally {
    clearTimeout(timer);
  }
  for (const { jobId } of jobs) await endOverdue(home.store, jobId, Date.now());
}

const CATCH_UP_MS = 30_000;

/**
 * Ends jobs of this home whose time is over (R5), also those that nobody waits for; gives what stops it. Looks once a second at
 * the unfinished ones.
 */
export function keepTime(home: Home): () => void {
  const startedMs = Date.now();
  const look = async () => {
    const nowMs = Date.now();
    const open = await home.store.listJobs({
      role: "buyer",
      status: UNENDED_STATUSES,
      limit: 10_000,
    });
    for (const row of open) {
      if (nowMs >= dueMs(row, startedMs)) await endOverdue(home.store, row.jobId, nowMs);
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
function dueMs(row: JobRow, sinceMs: number): number {
  return deadlineMs(row) > sinceMs ? deadlineMs(row) : sinceMs + GRACE_MS;
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

const CLOCK_SKEW_S = 300;
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
    row = nowMs >= dueMs(row, startedMs) && !isEnded(row.status)
      ? await endOverdue(store, jobId, nowMs)
      : await store.watchJob(jobId, "buyer", before.updatedAtMs, WATCH_MS) ?? before;
    if (row !== null && row.updatedAtMs !== before.updatedAtMs) onChange(row);
  }
  if (row === null) throw new RangeError(`Cannot wait for ${jobId}: there is no such job`);
  return row;
}
