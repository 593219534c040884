/** The journal in the contract: how its entries are found and summed, and checkpoints over them. */
import assert from "node:assert/strict";
import { type Case, code, one } from "./store_case.ts";
import { CHANNEL, eventIdOf, job } from "./store_rows.ts";

import { closed, JOB, OPEN, signed } from "./store_journal_changes.ts";

/** What the store must find in the journal. */
export const JOURNAL_QUERIES: readonly Case[] = [
  {
    name: "wakes who waits for an entry, with it",
    async run(store) {
      const waiting = store.journalAfter(0, 10, 60_000);
      await one(store, { op: "setCursor", name: "x", value: "1" });
      await one(store, { op: "putJob", row: job() });
      assert.deepEqual((await waiting).map(({ seq }) => seq), [1]);
      assert.deepEqual((await store.journalAfter(1, 10, 0)).length, 0);
    },
  },
  {
    name: "finds entries by job, channel, type, outcome, kind, provider and place",
    async run(store) {
      await one(store, OPEN);
      await one(store, { op: "putJob", row: job({ provider: "p".repeat(64) }) });
      await one(store, { op: "putJob", row: job({ eventId: eventIdOf("9"), kind: 5_050 }) });
      await one(store, signed(1, 100n, `job:${JOB}`, "job-5abc123"));
      await one(store, closed(1, 100n, `job:${JOB}`, "job-5abc123", "fulfilled"));
      const cases = [
        { filter: {}, expected: [4, 3, 2, 1] },
        { filter: { order: "oldest", limit: 2 }, expected: [1, 2] },
        { filter: { beforeSeq: 4, afterSeq: 1 }, expected: [3, 2] },
        { filter: { jobId: "job-5abc" }, expected: [4, 2] },
        { filter: { channel: "ch_cccc" }, expected: [4, 1] },
        { filter: { channel: CHANNEL }, expected: [4, 1] },
        { filter: { channel: "ch_dddd" }, expected: [] },
        { filter: { types: ["payment", "channel"] }, expected: [4, 1] },
        { filter: { outcomes: ["created"] }, expected: [3, 2] },
        { filter: { kind: 5_050 }, expected: [3] },
        { filter: { provider: "p".repeat(64) }, expected: [4, 2] },
        { filter: { sinceMs: 5_000, untilMs: 5_001 }, expected: [4, 3, 2, 1] },
        { filter: { sinceMs: 5_001 }, expected: [] },
        { filter: { untilMs: 5_000 }, expected: [] },
      ] as const;
      for (const { filter, expected } of cases) {
        const found = await store.listJournal(filter);
        assert.deepEqual(found.map(({ seq }) => seq), expected, JSON.stringify(filter));
      }
      await assert.rejects(store.listJournal({ channel: "0x12" }), code("invalid"));
      const [whole] = await store.listJournal({ limit: 1 });
      const [narrow] = await store.listJournal({ limit: 1, data: false });
      assert.notDeepEqual(whole.data, {});
      assert.deepEqual(narrow, { ...whole, data: {} });
    },
  },
  {
    name: "sums the journal by kind, provider and day",
    async run(store) {
      await one(store, OPEN);
      await one(store, { op: "putJob", row: job({ provider: "p".repeat(64) }) });
      const paid = [[1, 100n, "fulfilled"], [2, 30n, "forfeit"], [3, 7n, "refused"], [
        4,
        9n,
        "fulfilled",
      ]] as const;
      for (const [nonce, amount, outcome] of paid) {
        const obligation = `write:${eventIdOf(String(nonce))}`;
        const jobId = nonce === 1 ? "job-5abc123" : null;
        await one(store, signed(nonce, amount, obligation, jobId));
        await one(store, closed(nonce, amount, obligation, jobId, outcome));
      }
      const sums = { payments: 2, paidUnits: 109n, earnings: 0, earnedUnits: 0n, writtenBytes: 20 };
      const single = (paidUnits: bigint) => ({ ...sums, payments: 1, paidUnits, writtenBytes: 10 });
      assert.deepEqual(await store.journalStats({}), {
        ...sums,
        entries: 6,
        refused: 1,
        forfeits: 1,
        forfeitUnits: 30n,
        p50Units: 9n,
        writeUnits: 109n,
        lightning: { payments: 0, paidMsats: 0n, feesMsats: 0n, earnings: 0, earnedMsats: 0n },
        byKind: { 5601: sums },
        byProvider: { ["p".repeat(64)]: single(100n), none: single(9n) },
        byNetwork: { none: sums },
        byDay: { "1970-01-01": sums },
      });
      const { paidUnits, entries } = await store.journalStats({ jobId: "job-5abc123", limit: 1 });
      assert.deepEqual([paidUnits, entries], [100n, 2]);
    },
  },
  {
    name: "keeps a checkpoint over an entry that stands so, once, and refuses any other",
    async run(store) {
      await one(store, { op: "putJob", row: job() });
      const tip = (await store.journalTip())!;
      const row = {
        ...tip,
        commit: "c".repeat(40),
        signature: "5".repeat(128),
        pubkey: "b".repeat(64),
        atMs: 1,
      };
      await one(store, { op: "putCheckpoint", row });
      await one(store, { op: "putCheckpoint", row });
      assert.deepEqual(await store.checkpoints(0, 10), [row]);
      assert.deepEqual(await store.checkpoints(1, 10), []);
      for (const bad of [{ seq: 2 }, { hash: "d".repeat(64) }]) {
        await assert.rejects(
          one(store, { op: "putCheckpoint", row: { ...row, ...bad } }),
          code("conflict"),
        );
      }
    },
  },
];
