/**
 * A market with liars, by seed: five providers, one or two of them dishonest, and a buyer that has every job done by several, or challenges
 * it, and sometimes is away until long after the job's time. Planning, store, judging of answers, comparing, evidence and signatures are
 * the program's own. Packets and events are passed directly between the parties, so that hundreds of markets take seconds.
 */
import assert from "node:assert/strict";
import { changesOf, comparing, thirdChanges } from "../../home/client/compared_jobs.ts";
import { answerMark } from "../../market/answer_mark.ts";
import { groupOfMark } from "../../market/comparators.ts";
import { checkEvidence } from "../../market/check_evidence.ts";
import { answersEvidence } from "../../market/evidence.ts";
import { answerTaker } from "./accepted_answer.ts";
import { rowsOf } from "../../market/job_rows.ts";
import { isNoOther, planVerification } from "../../market/plan_verification.ts";
import { verdictOf } from "../../market/verdict.ts";
import { needsThird, type VerificationState } from "../../market/verification_state.ts";
import { isEnded } from "../../protocols/job_status.ts";
import { openSqliteStore } from "../../store/sqlite_store.ts";
import type { OpenStore } from "../../store/store.ts";
import type { JobRow } from "../../store/job_row.ts";
import { jobPlanner } from "./job_planner.ts";
import type { MarketOutcome } from "./market_outcome.ts";
import { paidJobs } from "./paid_jobs.ts";
import { answersOf, BUYER, type Party, PRICE_UNITS, type Seeded, seeded } from "./parties.ts";

const JOBS = 5;
const BID_UNITS = 30_000n;
const LIMITS = { jobUnits: 1_000_000n, providerDayUnits: 1_000_000n };
/** A job can be passed on three times, so no later round has anything to do. */
const MOST_ROUNDS = 8;
const START_MS = 1_770_000_000_000;

/** Runs the market of a seed. `needed` of `count` must agree; two that collude need `3of5`. */
export async function runMarket(seed: number): Promise<MarketOutcome> {
  const folder = await Deno.makeTempDir();
  const world = { nowMs: START_MS };
  const store = await openSqliteStore({ folder, clock: () => world.nowMs });
  try {
    return await new LiarsMarket({ ...seeded(seed), store, world }).run();
  } finally {
    await store.close();
    await Deno.remove(folder, { recursive: true });
  }
}

interface MarketParts extends Seeded {
  readonly store: OpenStore;
  readonly world: { nowMs: number };
}

class LiarsMarket {
  readonly #blamed = new Set<string>();
  /** By provider, of the present job. */
  #paid = new Map<string, bigint>();
  readonly #sums = {
    accepted: 0,
    wrongAccepted: 0,
    withoutResult: 0,
    unchecked: 0,
    thirds: 0,
    away: 0,
    refused: 0,
    passedOn: 0,
    mostPerJobUnits: 0n,
    liarsUnits: 0n,
    mostPaidUnits: 0n,
    blamedHonest: 0,
    shownLies: 0,
  };

  readonly #take: ReturnType<typeof answerTaker>;

  constructor(readonly at: MarketParts) {
    const { store, world } = at;
    this.#take = answerTaker(store, {
      clock: () => world.nowMs,
      log: () => undefined,
      count: () => undefined,
      signal: new AbortController().signal,
      settlements: { settle: () => undefined, onSettled: () => undefined },
    });
  }

  async run(): Promise<MarketOutcome> {
    const { rule, liars } = this.at;
    for (let job = 0; job < JOBS; job++) await this.#job(job);
    return {
      liars,
      rule: rule.challenge ? "challenged" : `${rule.needed}of${rule.count}`,
      jobs: JOBS,
      priceUnits: PRICE_UNITS,
      bidUnits: BID_UNITS,
      ...this.#sums,
    };
  }

  async #job(number: number): Promise<void> {
    const { world } = this.at;
    world.nowMs += 60_000;
    this.#paid = new Map();
    const input = `job ${number}`;
    const jobIds = await this.#submit(input);
    if (jobIds === null) return void this.#sums.refused++;
    await this.#answered(jobIds, input);
    const third = await this.#third(jobIds, input);
    if (third !== null) {
      jobIds.push(third);
      await this.#answered(jobIds, input);
    }
    await this.#judgeAll(jobIds, input);
  }

  /** Pays for the jobs, and lives until all of them have ended. */
  async #answered(jobIds: readonly string[], input: string): Promise<void> {
    const { world, random } = this.at;
    const asked = new Set<string>();
    const isAway = random(4) === 0;
    for (let round = 0; round < MOST_ROUNDS; round++) {
      for await (const { provider, amountUnits } of paidJobs(this.at)) {
        this.#paid.set(provider!, (this.#paid.get(provider!) ?? 0n) + amountUnits);
      }
      const rows = await this.#rows(jobIds);
      // A job that was passed on has another request, to another provider.
      const open = rows.filter(({ status, eventId }) => !isEnded(status) && !asked.has(eventId));
      if (open.length === 0) break;
      for (const { eventId } of open) asked.add(eventId);
      const come = open.flatMap((row) =>
        answersOf(this.#partyOf(row.provider!), { row, rows, input, nowMs: world.nowMs, random })
      );
      if (isAway) {
        // The relay keeps the answers. The buyer reads them when the jobs have ended.
        this.#sums.away++;
        world.nowMs += 2_000_000;
        await this.#endOverdue(jobIds);
      }
      // Answers come in any order, some after the job's time.
      for (const { event, atMs } of come.toSorted((a, b) => a.atMs - b.atMs)) {
        world.nowMs = Math.max(world.nowMs, atMs);
        await this.#endOverdue(jobIds);
        await this.#take(event);
      }
    }
    world.nowMs += 400_000;
    await this.#endOverdue(jobIds);
    const tried = await Promise.all(jobIds.map((jobId) => this.at.store.attemptsOf(jobId)));
    this.#sums.passedOn += tried.flat().filter(({ paidUnits }) => paidUnits > 0n).length;
  }

  /** Asks a third provider if the answers of a challenge differ; its job, or null. */
  async #third(jobIds: readonly string[], input: string): Promise<string | null> {
    const { rule, store, world } = this.at;
    const rows = await this.#rows(jobIds);
    const state = { ...this.#verdict(rows), challenge: rule.challenge, rows };
    if (!needsThird(state as unknown as VerificationState)) return null;
    const { planOne, profile, flags } = jobPlanner({
      ...this.at,
      blamed: this.#blamed,
      bidUnits: BID_UNITS,
    }, input);
    const asked = await Promise.all(jobIds.map((jobId) => store.attemptsOf(jobId)));
    const taken = [...rows, ...asked.flat()].flatMap(({ provider }) => provider ?? []);
    const plan = await planOne(taken).catch((error) => {
      // Everybody else was shown to lie before.
      if (isNoOther(error)) return null;
      throw error;
    });
    if (plan === null) return null;
    const jobId = await store.freeJobId(plan.built.eventId);
    const alone = { ...plan, candidates: [] };
    const job = rowsOf(profile, BUYER, jobId, alone, flags, world.nowMs);
    await store.commit(thirdChanges({ job: { ...job, claim: null }, leadId: jobIds[0] }));
    this.#sums.thirds++;
    return jobId;
  }

  async #submit(input: string): Promise<string[] | null> {
    const { rule, store, world } = this.at;
    const { planOne, profile, flags } = jobPlanner({
      ...this.at,
      blamed: this.#blamed,
      bidUnits: BID_UNITS,
    }, input);
    const plans = await planVerification(rule, planOne, LIMITS, { given: true }).catch((error) => {
      if (error.code === "too_few_providers") return null;
      throw error;
    });
    if (plans === null) return null;
    const jobs = await Promise.all(plans.map(async (plan) => {
      const jobId = await store.freeJobId(plan.built.eventId);
      return { ...rowsOf(profile, BUYER, jobId, plan, flags, world.nowMs), claim: null };
    }));
    await store.commit([
      ...jobs.flatMap(changesOf),
      comparing(jobs, { ...rule, compare: "kind", judge: null }),
    ]);
    return jobs.map(({ row }) => row.jobId);
  }

  async #endOverdue(jobIds: readonly string[]): Promise<void> {
    const { store, world } = this.at;
    for (const row of await this.#rows(jobIds)) {
      if (isEnded(row.status) || world.nowMs < row.createdAtMs + row.timeoutS * 1_000) continue;
      await store.commit([{
        op: "patchJob",
        jobId: row.jobId,
        role: "buyer",
        patch: {
          status: "timeout",
          errorCode: "timeout",
          errorMessage: "late",
          updatedAtMs: world.nowMs,
        },
      }]);
    }
  }

  async #judgeAll(jobIds: readonly string[], input: string): Promise<void> {
    const { rule, parties } = this.at;
    const rows = await this.#rows(jobIds);
    const { state, agreed } = this.#verdict(rows);
    assert.notEqual(state, "open", "every job has ended");
    const sums = this.#sums;
    if (state === "agreed") {
      const [{ row }] = agreed;
      const { content } = JSON.parse(new TextDecoder().decode(row.result!));
      if (content === input) sums.accepted++;
      else sums.wrongAccepted++;
    } else if (state === "unchecked") sums.unchecked++;
    else sums.withoutResult++;
    const file = answersEvidence(
      { needed: rule.needed, count: rows.length, compare: "kind", judge: null },
      rows.map(({ request, result }) => ({ request, result, quote: null, receipt: null })),
    );
    const found = await checkEvidence(new TextEncoder().encode(JSON.stringify(file)));
    assert.deepEqual(found.faults, []);
    for (const { provider, agrees } of found.parts) {
      if (agrees !== false) continue;
      if (this.#partyOf(provider).behaviour === "honest") sums.blamedHonest++;
      else sums.shownLies++;
      this.#blamed.add(provider);
    }
    const writeUnits = rows.reduce((sum, row) => sum + row.writeUnits, 0n);
    const paidUnits = [...this.#paid.values()].reduce((sum, each) => sum + each, writeUnits);
    if (paidUnits > sums.mostPaidUnits) sums.mostPaidUnits = paidUnits;
    for (const { pubkey, behaviour } of parties) {
      if (behaviour === "honest") continue;
      const units = this.#paid.get(pubkey) ?? 0n;
      sums.liarsUnits += units;
      if (units > sums.mostPerJobUnits) sums.mostPerJobUnits = units;
    }
  }

  #verdict(rows: readonly JobRow[]) {
    return verdictOf(
      this.at.rule,
      rows.map((row) => {
        const mark = row.result && answerMark(row.kind, row.result);
        const open = !isEnded(row.status);
        return { row, provider: row.provider!, open, mark, group: groupOfMark(mark) };
      }),
    );
  }

  async #rows(jobIds: readonly string[]): Promise<JobRow[]> {
    return await Promise.all(
      jobIds.map(async (jobId) => (await this.at.store.getJob(jobId, "buyer"))!),
    );
  }

  #partyOf(pubkey: string): Party {
    return this.at.parties.find((each) => each.pubkey === pubkey)!;
  }
}
