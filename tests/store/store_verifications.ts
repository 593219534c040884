/** Cases of the store's contract: jobs whose answers are compared. */
import assert from "node:assert/strict";
import type { Change } from "../../store/store.ts";
import { type Case, code, one } from "./store_case.ts";
import { eventIdOf, job } from "./store_rows.ts";

const letters = ["1", "2", "3"];
const rows = letters.map((letter) =>
  job({ eventId: eventIdOf(letter), provider: letter.repeat(64) })
);
const puts = rows.map((row): Change => ({ op: "putJob", row }));
const compared = rows.map(({ jobId }, position) => ({
  jobId,
  leadId: rows[0].jobId,
  position,
  needed: 2,
  count: 3,
  challenge: false,
  compare: "kind" as const,
  judge: null,
  atMs: 1_000,
}));
const put = (over: readonly object[] = compared): Change => ({
  op: "putVerification",
  rows: over as typeof compared,
});

export const VERIFICATIONS: readonly Case[] = [
  {
    name: "putVerification keeps which jobs are compared, found by each of them",
    async run(store) {
      assert.deepEqual(await store.verificationOf(rows[0].jobId), []);
      await one(store, ...puts, put());
      for (const { jobId } of rows) assert.deepEqual(await store.verificationOf(jobId), compared);
      assert.deepEqual(await store.verificationLeads(9), [rows[0].jobId]);
      assert.deepEqual(await store.olderVerifiedJobs(1), []);
    },
  },
  {
    name:
      "putVerification refuses rows that make none, unknown jobs, one provider twice, and a job twice; its commit makes no job then",
    async run(store) {
      const minority = compared.map((row) => ({ ...row, needed: 1 }));
      const gap = compared.map((row) => ({ ...row, position: row.position + 1 }));
      const changed = (change: object) =>
        compared.map((row, at) => at === 1 ? { ...row, ...change } : row);
      const others = [
        changed({ position: 2 }),
        changed({ count: 2 }),
        changed({ leadId: rows[1].jobId }),
        changed({ needed: 3 }),
        changed({ atMs: 1_001 }),
      ];
      const many = (count: number) =>
        Array.from({ length: count }, (_, position) => ({
          ...compared[0],
          position,
          count,
          needed: count,
        }));
      for (
        const wrong of [
          [],
          compared.slice(1),
          compared.slice(0, 2),
          minority,
          gap,
          many(10),
          ...others,
        ]
      ) await assert.rejects(one(store, ...puts, put(wrong)), code("invalid"));
      assert.equal(await store.getJob(rows[0].jobId), null);
      await assert.rejects(one(store, ...puts.slice(1), put()), code("conflict"));
      const [first, second, third] = rows;
      const twice = { ...third, provider: first.provider };
      for (const other of [twice, { ...third, provider: null }]) {
        const jobs = [first, second, other].map((row): Change => ({ op: "putJob", row }));
        await assert.rejects(one(store, ...jobs, put()), code("conflict"));
      }
      await one(store, ...puts, put());
      await assert.rejects(one(store, put()), code("conflict"));
    },
  },
  {
    name: "joinVerification adds the third job of a challenge that has two, in its own commit",
    async run(store) {
      const [first, second, third] = puts;
      const challenge = compared.slice(0, 2).map((row) => ({ ...row, count: 2, challenge: true }));
      const join: Change = {
        op: "joinVerification",
        leadId: rows[0].jobId,
        jobId: rows[2].jobId,
      };
      await one(store, first, second, put(challenge));
      await one(store, third, join);
      const joined = compared.map((row) => ({ ...row, challenge: true }));
      for (const { jobId } of rows) assert.deepEqual(await store.verificationOf(jobId), joined);
      await assert.rejects(one(store, join), code("conflict"));
    },
  },
  {
    name:
      "joinVerification refuses what is no challenge of two, an unknown job, and a provider that has one of its jobs; its commit makes no job then",
    async run(store) {
      const [first, second, third] = puts;
      const challenge = compared.slice(0, 2).map((row) => ({ ...row, count: 2, challenge: true }));
      const [{ jobId: leadId }, { jobId: other }, { jobId }] = rows;
      const join = (over: object = {}): Change => ({
        op: "joinVerification",
        leadId,
        jobId,
        ...over,
      });
      await assert.rejects(one(store, first, second, third, join()), code("conflict"));
      const three = compared.map((row) => ({ ...row, challenge: true }));
      await assert.rejects(one(store, ...puts, put(three)), code("invalid"));
      await one(store, first, second, put(challenge));
      await assert.rejects(one(store, join()), code("conflict"));
      await assert.rejects(one(store, join({ jobId: other })), code("conflict"));
      await assert.rejects(one(store, third, join({ leadId: other })), code("conflict"));
      const again: Change = { op: "putJob", row: { ...rows[2], provider: rows[1].provider } };
      await assert.rejects(one(store, again, join()), code("conflict"));
      assert.equal(await store.getJob(jobId), null);
      await one(store, third);
      const asked: Change = {
        op: "putVerification",
        rows: challenge.map((row, position) => ({
          ...row,
          leadId: other,
          jobId: [other, jobId][position],
          challenge: false,
        })),
      };
      await assert.rejects(one(store, asked), code("conflict"));
    },
  },
  {
    name:
      "a key is kept for a verification whose first job failed unpaid while another one was paid",
    async run(store) {
      const claim = { op: "claimJobKey", key: "k", content: "c", atMs: 5, sinceMs: 1 } as const;
      const [first, second, third] = rows;
      const failed = { ...first, status: "refused" } as const;
      const paid = { ...second, status: "error", jobPaid: true } as const;
      const jobs = [failed, paid, third].map((row): Change => ({ op: "putJob", row }));
      await one(store, ...jobs, put(), { ...claim, jobId: first.jobId });
      assert.equal((await store.jobByKey("k", 1))?.row.jobId, first.jobId);
    },
  },
];
