/**
 * A market with liars, by seed: five providers, one or two of them dishonest, and a buyer that has every job done by several. Planning,
 * store, judging of answers, comparing, evidence and signatures are the program's own. Packets and events are passed
 * directly between the parties, so that hundreds of markets take seconds.
 */
import assert from "node:assert/strict";
import { changesOf, comparing } from "../../home/client/compared_jobs.ts";
import { answerMark } from "../../market/answer_mark.ts";
import type { Announcement } from "../../market/announcement.ts";
import { checkEvidence } from "../../market/check_evidence.ts";
import { answersEvidence } from "../../market/evidence.ts";
import { intake } from "../../market/intake.ts";
import { createJudge } from "../../market/judge.ts";
import { rowsOf } from "../../market/job_rows.ts";
import { NO_OFFER } from "../../market/offer.ts";
import { chooseRequest } from "../../market/plan_job.ts";
import { planVerification } from "../../market/plan_verification.ts";
import { verdictOf } from "../../market/verdict.ts";
import { isEnded } from "../../protocols/job_status.ts";
import type { NostrEvent, Pubkey, UnsignedEvent } from "../../protocols/nostr/event.ts";
import { publicKeyOf, signEvent } from "../../protocols/nostr/sign.ts";
import { createVerifier } from "../../protocols/nostr/verifier.ts";
import { openSqliteStore } from "../../store/sqlite_store.ts";
import type { OpenStore } from "../../store/store.ts";
import type { JobRow } from "../../store/job_row.ts";

/** What a provider does with a job that it was given. */
export const BEHAVIOURS = [
  "wrong",
  "late",
  "silent",
  "raises",
  "takes money",
  "answers for others",
] as const;
type Behaviour = typeof BEHAVIOURS[number] | "honest" | "colludes";

const JOBS = 5;
const PROVIDERS = 5;
const PRICE_UNITS = 1_000n;
const PER_BYTE_UNITS = 1n;
const BID_UNITS = 30_000n;
const LIMITS = { jobUnits: 1_000_000n, providerDayUnits: 1_000_000n };
const START_MS = 1_770_000_000_000;

const verifier = await createVerifier();

/** Numbers that depend only on the seed. */
function randomOf(seed: number): (below: number) => number {
  let state = (seed * 2_654_435_761) >>> 0 || 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

/** What came of a market. */
export interface MarketOutcome {
  readonly liars: readonly Behaviour[];
  readonly rule: string;
  readonly jobs: number;
  readonly accepted: number;
  readonly wrongAccepted: number;
  readonly withoutResult: number;
  /** Refused before anything was paid. */
  readonly refused: number;
  /** The most that one liar was paid in one job, and the price of a job. */
  readonly mostPerJobUnits: bigint;
  readonly priceUnits: bigint;
  /** What the liars were paid in all. */
  readonly liarsUnits: bigint;
  /** The most that the buyer paid for one job with all its verifiers, and its bid. */
  readonly mostPaidUnits: bigint;
  readonly bidUnits: bigint;
  /** Honest providers that evidence blames. */
  readonly blamedHonest: number;
  /** Wrong answers that evidence shows. */
  readonly shownLies: number;
}

interface Party {
  readonly key: Uint8Array;
  readonly pubkey: Pubkey;
  readonly behaviour: Behaviour;
}

/** Runs the market of a seed. `needed` of `count` must agree; two that collude need `3of5`. */
export async function runMarket(seed: number): Promise<MarketOutcome> {
  const random = randomOf(seed);
  const colluding = seed % 10 === 0;
  const rule = colluding ? { needed: 3, count: 5 } : { needed: 2, count: 3 };
  const liars: Behaviour[] = colluding
    ? ["colludes", "colludes"]
    : Array.from({ length: 1 + random(2) }, () => BEHAVIOURS[random(BEHAVIOURS.length)]);
  const parties = Array.from({ length: PROVIDERS }, (_, at): Party => {
    const key = new Uint8Array(32).fill(1 + at);
    key[0] = 1 + random(250);
    return { key, pubkey: publicKeyOf(key), behaviour: liars[at] ?? "honest" };
  });
  const folder = await Deno.makeTempDir();
  const world = { nowMs: START_MS };
  const store = await openSqliteStore({ folder, clock: () => world.nowMs });
  try {
    return await new LiarsMarket({ random, rule, liars, parties, store, world }).run();
  } finally {
    await store.close();
    await Deno.remove(folder, { recursive: true });
  }
}

interface MarketParts {
  readonly random: (below: number) => number;
  readonly rule: { readonly needed: number; readonly count: number };
  readonly liars: readonly Behaviour[];
  readonly parties: readonly Party[];
  readonly store: OpenStore;
  readonly world: { nowMs: number };
}

class LiarsMarket {
  readonly #buyer = publicKeyOf(new Uint8Array(32).fill(77));
  readonly #judge = createJudge(null);
  readonly #blamed = new Set<string>();
  /** By provider, of the present job. */
  #paid = new Map<string, bigint>();
  readonly #sums = {
    accepted: 0,
    wrongAccepted: 0,
    withoutResult: 0,
    refused: 0,
    mostPerJobUnits: 0n,
    liarsUnits: 0n,
    mostPaidUnits: 0n,
    blamedHonest: 0,
    shownLies: 0,
  };

  constructor(readonly at: MarketParts) {}

  async run(): Promise<MarketOutcome> {
    const { rule, liars } = this.at;
    for (let job = 0; job < JOBS; job++) await this.#job(job);
    return {
      liars,
      rule: `${rule.needed}of${rule.count}`,
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
    await this.#pay();
    const rows = await this.#rows(jobIds);
    const answers = rows.filter(({ status }) => !isEnded(status))
      .flatMap((row) => this.#answersOf(row, rows, input));
    // Answers come in any order, some after the job's time.
    for (const { event, atMs } of answers.toSorted((a, b) => a.atMs - b.atMs)) {
      world.nowMs = Math.max(world.nowMs, atMs);
      await this.#endOverdue(jobIds);
      await this.#take(event);
    }
    world.nowMs += 400_000;
    await this.#endOverdue(jobIds);
    await this.#judgeAll(jobIds, input);
  }

  async #submit(input: string): Promise<string[] | null> {
    const { rule, store, world, parties } = this.at;
    const { build, assign } = intake({ clock: () => world.nowMs });
    const flags = {
      type: "echo",
      kind: 5600,
      input,
      params: [],
      platform: null,
      tags: [],
      bidUnits: BID_UNITS / BigInt(rule.count),
      provider: null,
      relays: [],
      timeoutS: 300,
      limitBytes: 32_000,
      answersKey: this.#buyer,
      callbackSkill: null,
    };
    const profile = {
      write: "ilp" as const,
      relay: { ilpAddress: "g.relay", priceUnitsPerByte: PER_BYTE_UNITS } as never,
      hopFees: [],
    };
    // The clock of planning is the machine's own.
    const atS = Math.floor(Date.now() / 1_000);
    const announcements = parties.map(({ pubkey }) => announcementOf(pubkey, atS));
    const planOne = (exclude: readonly string[]) =>
      chooseRequest(
        {
          profile,
          pubkey: this.#buyer,
          relayReader: { announcements: () => Promise.resolve(announcements) },
          passedOver: () => Promise.resolve([]),
          breakers: () => Promise.resolve([...this.#blamed]),
        },
        { build, assign: (...args) => Promise.resolve(assign(...args)) },
        flags,
        exclude,
      );
    const plans = await planVerification(rule, planOne, LIMITS, { given: true }).catch((error) => {
      if (error.code === "too_few_providers") return null;
      throw error;
    });
    if (plans === null) return null;
    const jobs = await Promise.all(plans.map(async (plan) => {
      const jobId = await store.freeJobId(plan.built.eventId);
      return { ...rowsOf(profile, this.#buyer, jobId, plan, flags, world.nowMs), claim: null };
    }));
    await store.commit([
      ...jobs.flatMap(changesOf),
      comparing(jobs, { ...rule, challenge: false, compare: "kind" }),
    ]);
    return jobs.map(({ row }) => row.jobId);
  }

  /** Pays the rows of the outbox. A provider that raised its price refuses, and the next one is asked. */
  async #pay(): Promise<void> {
    const { store, world } = this.at;
    for (;;) {
      const [row] = await store.pendingOutbox(0, 1, 0);
      if (row === undefined) return;
      const job = (await store.getJob(row.jobId!, "buyer"))!;
      const done = { op: "settleOutbox", outboxId: row.outboxId, detail: null } as const;
      const patch = (
        patch: Partial<JobRow>,
      ) => ({ op: "patchJob", jobId: job.jobId, role: "buyer", patch } as const);
      const atMs = ++world.nowMs;
      if (row.purpose === "write") {
        const writeUnits = job.writeUnits + 800n;
        const posted = job.status === "created" ? { status: "posted" as const } : {};
        await store.commit([
          { ...done, state: "done" },
          patch({ ...posted, writeUnits, updatedAtMs: atMs }),
        ]);
        continue;
      }
      const { behaviour, pubkey } = this.#partyOf(job.provider!);
      if (behaviour === "raises") {
        const why = { code: "price_not_met", message: "it costs more now" };
        await store.commit([{ ...done, state: "failed", detail: why.code }, {
          op: "passJobOn",
          jobId: job.jobId,
          eventId: job.eventId,
          ...why,
          atMs,
          otherwise: {
            status: "refused",
            errorCode: why.code,
            errorMessage: why.message,
            updatedAtMs: atMs,
          },
        }]);
        continue;
      }
      await store.commit([
        { ...done, state: "done" },
        patch({ status: "paid", jobPaid: true, updatedAtMs: atMs }),
      ]);
      this.#paid.set(pubkey, (this.#paid.get(pubkey) ?? 0n) + job.amountUnits);
    }
  }

  #answersOf(
    row: JobRow,
    rows: readonly JobRow[],
    input: string,
  ): { readonly event: NostrEvent; readonly atMs: number }[] {
    const { random, world } = this.at;
    const party = this.#partyOf(row.provider!);
    const atMs = world.nowMs + 1_000 + random(200_000);
    const say = (content: string, to: JobRow = row) => ({
      event: this.#result(party, to, content, atMs),
      atMs,
    });
    const lie = `lie ${party.pubkey.slice(0, 8)} ${random(1_000_000)}`;
    switch (party.behaviour) {
      case "honest":
      case "raises":
        return [say(input)];
      case "wrong":
        return [say(lie)];
      case "colludes":
        return [say("the same lie")];
      case "silent":
        return [];
      case "late": {
        const lateMs = atMs + 900_000;
        return [{ event: this.#result(party, row, lie, lateMs), atMs: lateMs }];
      }
      case "takes money": {
        const event = this.#signed(party, {
          kind: 7000,
          created_at: Math.floor(atMs / 1_000),
          content: "no",
          tags: [["status", "error", "no"], ...this.#address(row)],
        });
        return [{ event, atMs }];
      }
      case "answers for others":
        // An earlier answer, and a copy that claims to be theirs.
        return [
          say(lie),
          ...rows.filter((each) => each !== row).flatMap((other) => {
            const early = say(lie, other);
            const forged = { ...early.event, pubkey: other.provider as Pubkey };
            return [early, { ...early, event: forged }];
          }),
        ].map((each) => ({ ...each, atMs: world.nowMs + 1 }));
    }
  }

  #address({ eventId }: JobRow): string[][] {
    return [["e", eventId], ["p", this.#buyer], ["wrap", this.#buyer]];
  }

  #result(party: Party, row: JobRow, content: string, atMs: number): NostrEvent {
    return this.#signed(party, {
      kind: 6600,
      created_at: Math.floor(atMs / 1_000),
      content,
      tags: this.#address(row),
    });
  }

  #signed({ key, pubkey }: Party, event: Omit<UnsignedEvent, "pubkey">): NostrEvent {
    return signEvent({ ...event, pubkey }, key, new Uint8Array(32));
  }

  /** Accepts an answer as a home does: the signature, then the judge, then the commit. */
  async #take(event: NostrEvent): Promise<void> {
    const { store, world } = this.at;
    if (verifier.verify(event) !== "ok") return;
    const eventId = event.tags.find(([name]) => name === "e")![1];
    const job = await store.getJobByEvent(eventId, "buyer");
    if (job === null) return;
    const judged = this.#judge.answer(event, job, world.nowMs);
    if ("code" in judged) return;
    const { status, error_code = null, error_message = null } = judged.known;
    const isResult = event.kind !== 7000;
    await store.commit([{
      op: "patchJob",
      jobId: job.jobId,
      role: "buyer",
      patch: {
        status: status as JobRow["status"],
        updatedAtMs: world.nowMs,
        errorCode: error_code as string | null,
        errorMessage: error_message as string | null,
        ...isResult && {
          resultEventId: event.id,
          result: new TextEncoder().encode(JSON.stringify(event)),
        },
      },
    }]);
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
    const { state, agreed } = verdictOf(
      rule,
      rows.map((row) => ({
        row,
        provider: row.provider!,
        open: !isEnded(row.status),
        mark: row.result && answerMark(row.kind, row.result),
      })),
    );
    assert.notEqual(state, "open", "every job has ended");
    const sums = this.#sums;
    if (state === "agreed") {
      const [{ row }] = agreed;
      const { content } = JSON.parse(new TextDecoder().decode(row.result!));
      if (content === input) sums.accepted++;
      else sums.wrongAccepted++;
    } else sums.withoutResult++;
    const file = answersEvidence(
      { ...rule, compare: "kind" },
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

  async #rows(jobIds: readonly string[]): Promise<JobRow[]> {
    return await Promise.all(
      jobIds.map(async (jobId) => (await this.at.store.getJob(jobId, "buyer"))!),
    );
  }

  #partyOf(pubkey: string): Party {
    return this.at.parties.find((each) => each.pubkey === pubkey)!;
  }
}

function announcementOf(pubkey: Pubkey, atS: number): Announcement {
  return {
    pubkey,
    createdAtS: atS,
    expiresAtS: atS + 360,
    prices: [{ kind: 5600, flatUnits: PRICE_UNITS, unitsPerKib: 0n }],
    unpriced: [],
    offline: false,
    tags: [],
    platform: null,
    sandbox: null,
    builds: [],
    ilpAddress: `g.${pubkey.slice(0, 8)}`,
    name: "",
    about: "",
    offer: { ...NO_OFFER, privateJobs: true },
  };
}
