/**
 * A buyer's job from flags to outcome, on a home at work: built, assigned to a provider, durable, posted, paid, awaited.
 *
 * @module
 */
import { codeOf } from "../base/thrown.ts";
import type { Pubkey } from "../protocols/nostr/event.ts";
import type { JobFlags } from "../market/intake.ts";
import { claimOf, type Once } from "../market/job_key.ts";
import { chooseRequest, type OnBuilt, type PlannedJob } from "../market/plan_job.ts";
import { type JobTerms, rowsOf } from "../market/job_rows.ts";
import { jobBudget } from "../market/job_budget.ts";
import type { Market } from "../market/market_service.ts";
import type { Change, Store } from "../store/store.ts";
import type { JobRow } from "../store/job_row.ts";
import { RelayReaderError } from "../market/relay_questions.ts";
import type { Home } from "./home.ts";
import { answerFilters } from "./answer_filters.ts";
import { endOverdue } from "./job_deadline.ts";
import { RESULT_KINDS, startRelayInbound } from "./inbound.ts";
import type { SkillSet } from "./inbound.ts";
import type { Pipeline } from "../runtime/pipeline_spec.ts";

/** Finds who runs it and what it costs. Throws InputError `no_provider`, `bid_too_low`, `too_large`... */
export function planJob(
  home: Home,
  market: Market,
  flags: JobFlags,
  onBuilt?: OnBuilt,
): Promise<PlannedJob> {
  const { relayReader, identity, options: { profile } } = home;
  const budget = jobBudget(home.spending, home.store, Date.now);
  const passedOver = (sinceMs: number) => home.store.passedOver(sinceMs);
  const asking = { profile, pubkey: identity.pubkey as Pubkey, relayReader, budget, passedOver };
  return chooseRequest(asking, market, flags, [], onBuilt);
}

/**
 * Makes the job durable: its row with the callback, what is to be sent, and its key, in one commit. Throws StoreError `conflict` when
 * another job holds the key.
 */
export async function commitJob(
  home: Home,
  job: PlannedJob,
  flags: JobTerms,
  once: Once | null = null,
): Promise<JobRow> {
  const { profile } = home.options;
  const jobId = await home.store.freeJobId(job.built.eventId);
  const pubkey = home.identity.pubkey as Pubkey;
  const { row, outbox, failover, quote } = rowsOf(profile, pubkey, jobId, job, flags, Date.now());
  await home.store.commit([
    { op: "putJob", row, expect: "absent" },
    ...once === null ? [] : [claimOf(row, once)],
    ...failover === null ? [] : [failover],
    ...quote === null ? [] : [quote],
    ...outbox.map((each): Change => ({ op: "addOutbox", row: each })),
  ]);
  return row;
}

/**
 * Since when a buyer reads answers, in seconds: none to a job that is still open is missed. Time limits are kept by whoever listens,
 * and a job whose result waits at the relay must not end as `timeout`.
 */
export async function answersSinceS(
  store: Pick<Store, "overdueJobs">,
  nowMs: number,
): Promise<number> {
  const open = await store.overdueJobs("buyer", Number.MAX_SAFE_INTEGER, MAX_OPEN);
  // Nothing is published for a job before its payment, which changes its row.
  const oldestMs = Math.min(nowMs, ...open.map(({ updatedAtMs }) => updatedAtMs));
  return Math.max(0, Math.floor(oldestMs / 1000) - CLOCK_SKEW_S);
}

const MAX_OPEN = 10_000;

/** Starts listening for the answers to jobs; the pipeline runs until it is drained or aborted. */
export async function listenForAnswers(
  home: Home,
  jobs: readonly JobRow[],
  skills: SkillSet,
  once = false,
): Promise<Pipeline> {
  return await startRelayInbound(home, {
    name: "answers",
    role: "buyer",
    once,
    filters: [
      ...answerFilters(jobs, home.identity.answersKey, once),
      // Answers to the other jobs that are open, and to those that other commands hand over meanwhile.
      ...(once ? [] : [{
        kinds: RESULT_KINDS,
        "#p": [home.identity.pubkey],
        since: await answersSinceS(home.store, Date.now()),
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
    if (codeOf(cause) !== "aborted") throw cause;
    const told = `relay ${home.options.profile.relayUrl} stopped answering`;
    throw new RelayReaderError("offline", told, { cause });
  } finally {
    clearTimeout(timer);
  }
  for (const { jobId } of jobs) await endOverdue(home.store, jobId, Date.now());
}

const CATCH_UP_MS = 30_000;

const CLOCK_SKEW_S = 300;
