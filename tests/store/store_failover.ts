/** Cases of the store's contract: a job that its provider does not accept goes to the next one within the bid. */
import assert from "node:assert/strict";
import type { Candidate, Change, Store } from "../../store/store.ts";
import type { JobRow } from "../../store/job_row.ts";
import { type Case, code, one } from "./store_case.ts";
import { eventIdOf, job, outgoing } from "./store_rows.ts";

export const NOW_MS = 1_700_000_100_000;
const WRITE_UNITS = 100n;
const candidate = (digit: string, priceUnits: bigint): Candidate => ({
  provider: digit.repeat(64),
  payTo: `test.${digit}`,
  priceUnits,
});
const B = candidate("b", 60n);
const C = candidate("c", 70n);
const REQUEST = {
  kind: 5600,
  created_at: 1_700_000_000,
  tags: [["i", "x", "text"], ["p", "a".repeat(64)]],
  content: "",
  pubkey: "d".repeat(64),
};

/** A job at provider `a`, posted for 100 units and to be paid 50. */
export async function posted(store: Store, plan: {
  readonly id?: string;
  readonly budgetUnits: bigint | null;
  readonly candidates?: readonly Candidate[];
  readonly refusalCosts?: boolean;
  readonly paid?: boolean;
  readonly destination?: string;
}): Promise<JobRow> {
  const row = job({
    eventId: eventIdOf(plan.id ?? "aaaaaaa"),
    provider: "a".repeat(64),
    status: plan.paid ? "paid" : "posted",
    jobPaid: plan.paid ?? false,
    amountUnits: 50n,
    writeUnits: WRITE_UNITS,
    request: new TextEncoder().encode(JSON.stringify(REQUEST)),
  });
  await store.commit([{ op: "putJob", row }, {
    op: "planFailover",
    jobId: row.jobId,
    budgetUnits: plan.budgetUnits,
    writeUnits: WRITE_UNITS,
    refusalCosts: plan.refusalCosts ?? false,
    destination: plan.destination ?? "test.relay",
    terminalPubkey: "e".repeat(64),
    candidates: plan.candidates ?? [B, C],
  }]);
  return row;
}

export function passOn({ jobId, eventId }: JobRow, reason = "T01"): Change {
  const otherwise = { status: "refused", errorCode: reason, errorMessage: "away" } as const;
  return {
    op: "passJobOn",
    jobId,
    eventId,
    code: reason,
    message: "away",
    atMs: NOW_MS,
    otherwise,
  };
}

async function asked(store: Store): Promise<unknown[]> {
  const rows = await store.pendingOutbox(0, 100, 0);
  return rows.map(({ purpose, destination, terminalPubkey, amountUnits, event }) => {
    const { tags } = JSON.parse(new TextDecoder().decode(event));
    const [[, provider]] = tags.filter(([name]: string[]) => name === "p");
    return [purpose, destination, terminalPubkey[0], amountUnits, provider[0]];
  });
}

export const FAILOVER: readonly Case[] = [
  {
    name:
      "passJobOn() asks the next provider by a new request of the same job, and says who was asked",
    async run(store) {
      const before = await posted(store, { budgetUnits: 1_000n });
      await one(store, passOn(before));
      const now = (await store.getJob(before.jobId, "buyer"))!;
      assert.notEqual(now.eventId, before.eventId);
      assert.deepEqual(
        [now.status, now.provider, now.amountUnits, now.jobPaid, now.errorCode, now.writeUnits],
        ["created", B.provider, 60n, false, null, WRITE_UNITS],
      );
      assert.deepEqual([now.createdAtMs, now.timeoutS], [before.createdAtMs, before.timeoutS]);
      assert.deepEqual(await asked(store), [
        ["write", "test.relay", "e", null, "b"],
        ["job", "test.b", "b", 60n, "b"],
      ]);
      assert.deepEqual(await store.attemptsOf(before.jobId), [{
        eventId: before.eventId,
        provider: before.provider,
        code: "T01",
        message: "away",
        paidUnits: 0n,
        atMs: NOW_MS,
      }]);
      assert.deepEqual(await store.passedOver(NOW_MS - 1), [
        { provider: before.provider, atMs: NOW_MS },
      ]);
      assert.deepEqual(await store.passedOver(NOW_MS), []);
      assert.equal((await store.getJobByEvent(now.eventId, "buyer"))?.jobId, before.jobId);
      assert.equal(await store.getJobByEvent(before.eventId, "buyer"), null);
    },
  },
  {
    name: "passJobOn() goes through all candidates, and then ends the job as told",
    async run(store) {
      let row = await posted(store, { budgetUnits: null });
      for (const provider of [B.provider, C.provider]) {
        await one(store, passOn(row));
        row = (await store.getJob(row.jobId, "buyer"))!;
        assert.equal(row.provider, provider);
      }
      await one(store, passOn(row, "F99"));
      const ended = (await store.getJob(row.jobId, "buyer"))!;
      assert.deepEqual([ended.status, ended.errorCode], ["refused", "F99"]);
      const attempts = await store.attemptsOf(row.jobId);
      assert.deepEqual(attempts.map(({ provider }) => provider[0]), ["a", "b", "c"]);
      assert.equal((await store.pendingOutbox(0, 100, 0)).length, 4);
    },
  },
  {
    name: "passJobOn() asks nobody whom the bid does not cover with all writes",
    async run(store) {
      // Two writes of 100 and the price.
      const row = await posted(store, { budgetUnits: 259n, candidates: [C, B] });
      await one(store, passOn(row));
      const ended = (await store.getJob(row.jobId, "buyer"))!;
      assert.deepEqual([ended.status, ended.provider], ["refused", row.provider]);
      assert.deepEqual(await asked(store), []);
    },
  },
  {
    name: "passJobOn() skips a candidate that is too dear for one that is not",
    async run(store) {
      const row = await posted(store, { budgetUnits: 260n, candidates: [C, B] });
      await one(store, passOn(row));
      assert.equal((await store.getJob(row.jobId, "buyer"))?.provider, B.provider);
    },
  },
  {
    name: "passJobOn() pays nobody after a provider was paid, unless the bid covers both",
    async run(store) {
      for (
        const [id, terms, status, provider] of [
          ["aaaaaaa", { budgetUnits: null }, "refused", "a"],
          ["bbbbbbb", { budgetUnits: 309n }, "refused", "a"],
          ["ccccccc", { budgetUnits: 310n }, "created", "b"],
        ] as const
      ) {
        const row = await posted(store, { ...terms, id, paid: true });
        await one(store, passOn(row, "internal"));
        const now = (await store.getJob(row.jobId, "buyer"))!;
        assert.deepEqual([now.status, now.provider?.[0]], [status, provider], id);
        const [{ paidUnits }] = await store.attemptsOf(row.jobId);
        assert.equal(paidUnits, 50n);
      }
    },
  },
  {
    name:
      "passJobOn() counts as paid what has no answer yet, and what a strict peer keeps of a refusal",
    async run(store) {
      const strict = await posted(store, { budgetUnits: null, refusalCosts: true });
      await one(store, passOn(strict));
      assert.equal((await store.getJob(strict.jobId, "buyer"))?.status, "refused");
      const unanswered = await posted(store, { id: "bbbbbbb", budgetUnits: null });
      const obligation = `job:${unanswered.eventId}`;
      await one(store, { op: "putOutgoing", row: outgoing({ obligation }), expect: "absent" });
      await one(store, passOn(unanswered));
      assert.equal((await store.getJob(unanswered.jobId, "buyer"))?.status, "refused");
    },
  },
  {
    name: "passJobOn() refuses as conflict what was passed on already, or is over",
    async run(store) {
      const row = await posted(store, { budgetUnits: null });
      await one(store, passOn(row));
      await assert.rejects(() => one(store, passOn(row)), code("conflict"));
      const over = await posted(store, { id: "bbbbbbb", budgetUnits: null });
      const patch = { status: "cancelled" } as const;
      await one(store, { op: "patchJob", jobId: over.jobId, role: "buyer", patch });
      await assert.rejects(() => one(store, passOn(over)), code("conflict"));
      assert.deepEqual(await store.attemptsOf(over.jobId), [], "nothing of the commit is there");
    },
  },
  {
    name: "cancelJob() ends a job and publishes the deletion of its request to its provider",
    async run(store) {
      const row = await posted(store, { budgetUnits: null });
      const relay = { destination: "test.relay", terminalPubkey: "e".repeat(64) };
      await one(store, {
        op: "addOutbox",
        row: {
          ...relay,
          jobId: row.jobId,
          purpose: "write",
          event: row.request,
          amountUnits: null,
          createdAtMs: 1,
        },
      });
      const [{ outboxId }] = await store.pendingOutbox(0, 9, 0);
      await one(store, { op: "settleOutbox", outboxId, state: "done", detail: null });
      const cancel = {
        op: "cancelJob",
        jobId: row.jobId,
        message: "no more",
        atMs: NOW_MS,
      } as const;
      await one(store, cancel);
      const ended = (await store.getJob(row.jobId, "buyer"))!;
      assert.deepEqual([ended.status, ended.errorMessage], ["cancelled", "no more"]);
      const [{ event, jobId, purpose, ...to }] = await store.pendingOutbox(0, 9, 0);
      assert.deepEqual([jobId, purpose, to.destination, to.terminalPubkey], [
        row.jobId,
        "write",
        relay.destination,
        relay.terminalPubkey,
      ]);
      const { kind, pubkey, tags } = JSON.parse(new TextDecoder().decode(event));
      assert.deepEqual([kind, pubkey], [5, row.buyer]);
      assert.deepEqual(tags.slice(0, 3), [
        ["e", row.eventId],
        ["k", String(row.kind)],
        ["p", row.provider],
      ]);
      await assert.rejects(() => one(store, cancel), code("conflict"));
    },
  },
  {
    name: "cancelJob() publishes nothing of a job of which nothing left",
    async run(store) {
      const row = await posted(store, { budgetUnits: null });
      await one(store, {
        op: "addOutbox",
        row: {
          jobId: row.jobId,
          purpose: "write",
          event: row.request,
          destination: "test.relay",
          terminalPubkey: "e".repeat(64),
          amountUnits: null,
          createdAtMs: 1,
        },
      });
      await one(store, { op: "cancelJob", jobId: row.jobId, message: "no more", atMs: NOW_MS });
      assert.equal((await store.pendingOutbox(0, 9, 0)).length, 1, "the request alone");
    },
  },
  {
    name:
      "jobByKey() finds a job that paid a provider in vain, so that it is not done again unasked",
    async run(store) {
      const row = await posted(store, { budgetUnits: 310n, paid: true });
      const claim = { op: "claimJobKey", content: "c", jobId: row.jobId, sinceMs: null } as const;
      await one(store, { ...claim, key: "k", atMs: NOW_MS });
      await one(store, passOn(row, "internal"));
      const { eventId } = (await store.getJob(row.jobId, "buyer"))!;
      await one(store, passOn({ ...row, eventId }));
      assert.equal((await store.getJob(row.jobId, "buyer"))?.status, "refused");
      assert.equal((await store.jobByKey("k", 0))?.row.jobId, row.jobId);
    },
  },
];
