/** Cases of the store's contract: what jobs and providers cost so far. */
import assert from "node:assert/strict";
import type { OutgoingPacketRow } from "../../store/store.ts";
import { type Case, one } from "./store_case.ts";
import { outgoing } from "./store_rows.ts";

const DAY_MS = 86_400_000;
const ALICE = "a".repeat(64);
const BOB = "b".repeat(64);
const NOW_MS = 20_000 * DAY_MS + 5;

function packet(nonce: number, amount: bigint, over: Partial<OutgoingPacketRow> = {}) {
  const about = { jobId: "job-1234567", provider: ALICE, kind: null, bytes: null };
  const obligation = `job:${nonce}`;
  return outgoing({ nonce, amount, obligation, about, createdAtMs: NOW_MS, ...over });
}

const asked = { jobs: ["job-1234567"], providers: [ALICE, BOB], nowMs: NOW_MS };

export const BUDGETS: readonly Case[] = [
  {
    name: "counts a packet from its signature on, and a refused one only where it cost its amount",
    async run(store) {
      const rows = [packet(1, 100n), packet(2, 20n), packet(3, 3n)];
      for (const row of rows) await one(store, { op: "putOutgoing", row, expect: "absent" });
      const jobs = async () => (await store.budgets(asked)).jobs["job-1234567"];
      assert.equal(await jobs(), 123n);
      const [paid, back, lost] = rows;
      const answer = new Uint8Array([1]);
      const close = (row: OutgoingPacketRow, state: "fulfilled" | "refused", forfeit = false) =>
        one(store, { op: "putOutgoing", row: { ...row, state, answer }, expect: "open", forfeit });
      await close(paid, "fulfilled");
      await close(back, "refused");
      await close(lost, "refused", true);
      assert.equal(await jobs(), 103n);
      assert.deepEqual((await store.budgets(asked)).providers, { [ALICE]: 103n, [BOB]: 0n });
    },
  },
  {
    name: "counts an outcome that is told twice once",
    async run(store) {
      const row = packet(1, 100n);
      await one(store, { op: "putOutgoing", row });
      const over = { ...row, state: "refused", answer: new Uint8Array([1]) } as const;
      await one(store, { op: "putOutgoing", row: over });
      await one(store, { op: "putOutgoing", row: over });
      assert.equal((await store.budgets(asked)).jobs["job-1234567"], 0n);
      await one(store, { op: "putOutgoing", row: packet(2, 7n) });
      assert.equal((await store.budgets(asked)).jobs["job-1234567"], 7n);
    },
  },
  {
    name: "counts a provider by the day, and a job over all days; a clock set back frees nothing",
    async run(store) {
      const yesterday = packet(1, 100n, { createdAtMs: NOW_MS - DAY_MS });
      await one(store, { op: "putOutgoing", row: yesterday });
      await one(store, { op: "putOutgoing", row: packet(2, 20n) });
      const { jobs, providers } = await store.budgets(asked);
      assert.deepEqual([jobs["job-1234567"], providers[ALICE]], [120n, 20n]);
      const back = await store.budgets({ ...asked, nowMs: NOW_MS - DAY_MS });
      assert.equal(back.providers[ALICE], 120n);
      const later = await store.budgets({ ...asked, nowMs: NOW_MS + DAY_MS });
      assert.equal(later.providers[ALICE], 0n);
    },
  },
];
