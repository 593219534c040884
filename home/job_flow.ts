/**
 * The steps of a buyer's job in an open home, from its flags to its outcome: build, choose a provider, make durable, post, pay, wait.
 *
 * @module
 */
import { codeOf } from "../base/thrown.ts";
import type { Pubkey } from "../protocols/nostr/event.ts";
import type { JobFlags } from "../market/intake.ts";
import { claimOf, type Once } from "../market/job_key.ts";
import { chooseRequest } from "../market/choose_request.ts";
import type { OnBuilt, PlannedJob } from "../market/plan_job.ts";
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

/** Chooses the provider and the price. Throws InputError `no_provider`, `bid_too_low`, `too_large`... */
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
 * Makes the job durable. One commit stores its row with the callback, its outbox rows and its key. Throws StoreError `conflict` if another
 * job has the key.
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
  const { row, outbox, failover, quote, meter, schemas, requirements } = rowsOf(
    profile,
    pubkey,
    jobId,
    job,
    flags,
    Date.now(),
  );
  await home.store.commit([
    { op: "putJob", row, expect: "absent" },
    ...once === null ? [] : [claimOf(row, once)],
    ...failover === null ? [] : [failover],
    ...quote === null ? [] : [quote],
    ...meter === null ? [] : [meter],
    ...schemas === null ? [] : [schemas],
    ...requirements === null ? [] : [requirements],
    ...outbox.map((each): Change => ({ op: "addOutbox", row: each })),
  ]);
  return row;
}

/**
 * The time from which a buyer reads answers, in seconds, so that it misses no answer to an open job. The process that listens also enforces
 * deadlines, and a job whose result is stored at the relay must not end as `timeout`.
 */
export async function answersSinceS(
  store: Pick<Store, "overdueJobs">,
  nowMs: number,
): Promise<number> {
  const open = await store.overdueJobs("buyer", Number.MAX_SAFE_INTEGER, MAX_OPEN);
  // Nothing is published for a job before its payment, and the payment changes its row.
  const oldestMs = Math.min(nowMs, ...open.map(({ updatedAtMs }) => updatedAtMs));
  return Math.max(0, Math.floor(oldestMs / 1000) - CLOCK_SKEW_S);
}

const MAX_OPEN = 10_000;

/** Starts to listen for answers to jobs, until the pipeline is drained or aborted. */
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
      // Also reads the answers to all other open jobs, and to jobs that other commands submit later.
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
 * Reads the relay's stored answers to these jobs, then ends those that are past their deadline. Throws RelayReaderError `offline` if the
 * relay does not answer or the connection is lost.
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
