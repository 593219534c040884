/** Cases of the store's contract: results that are paid on delivery. */
import assert from "node:assert/strict";
import type { SealedRow } from "../../store/sealed_row.ts";
import { type Case, code } from "./store_case.ts";
import { job } from "./store_rows.ts";

const DAY_MS = 86_400_000;

const row = (letter: string, more: Partial<SealedRow> = {}): SealedRow => ({
  eventId: letter.repeat(64),
  role: "provider",
  party: "b".repeat(64),
  condition: letter.repeat(64),
  restUnits: 5_000n,
  result: new TextEncoder().encode(`{"sealed":"${letter}"}`),
  state: "waiting",
  key: null,
  atMs: 10,
  dueAtMs: 1_000,
  ...more,
});

const settle = (letter: string, state: "sold" | "opened" | "broken", role: SealedRow["role"]) =>
  ({
    op: "settleSealed",
    eventId: letter.repeat(64),
    role,
    state,
    key: role === "buyer" ? "ab".repeat(32) : null,
  }) as const;

export const SEALED: readonly Case[] = [
  {
    name: "putSealed keeps one sale for each request and side, settled once",
    async run(store) {
      await store.commit([
        { op: "putSealed", row: row("a") },
        { op: "putSealed", row: row("a", { role: "buyer", party: "c".repeat(64) }) },
      ]);
      assert.deepEqual(await store.sealedOf("a".repeat(64), "provider"), row("a"));
      assert.equal(await store.sealedOf("b".repeat(64), "provider"), null);
      await assert.rejects(store.commit([{ op: "putSealed", row: row("a") }]), code("conflict"));
      await assert.rejects(store.commit([settle("b", "sold", "provider")]), code("conflict"));
      assert.deepEqual(await store.keyBreakers(), []);
      await store.commit([settle("a", "broken", "buyer")]);
      await store.commit([settle("a", "broken", "buyer")]);
      await assert.rejects(store.commit([settle("a", "opened", "buyer")]), code("conflict"));
      const broken = await store.sealedOf("a".repeat(64), "buyer");
      assert.deepEqual([broken?.state, broken?.key], ["broken", "ab".repeat(32)]);
      assert.deepEqual(await store.keyBreakers(), ["c".repeat(64)]);
      assert.equal((await store.sealedOf("a".repeat(64), "provider"))?.state, "waiting");
    },
  },
  {
    name: "sealedDebts counts what a buyer may still pay, what is overdue and what it paid",
    async run(store) {
      const buyer = "b".repeat(64);
      await store.commit([
        ...["a", "b", "c"].map((letter) => ({ op: "putSealed" as const, row: row(letter) })),
        { op: "putSealed", row: row("d", { dueAtMs: 3_000 }) },
        { op: "putSealed", row: row("e", { party: "c".repeat(64) }) },
        settle("a", "sold", "provider"),
      ]);
      assert.deepEqual(await store.sealedDebts(buyer, 1_000), { waiting: 3, overdue: 0, paid: 1 });
      assert.deepEqual(await store.sealedDebts(buyer, 1_001), { waiting: 1, overdue: 2, paid: 1 });
      await store.commit([settle("b", "sold", "provider"), settle("c", "sold", "provider")]);
      assert.deepEqual(await store.sealedDebts(buyer, 1_001), { waiting: 1, overdue: 0, paid: 3 });
    },
  },
  {
    name: "a sale is kept for a quarter of a year, and what did not open for good",
    async run(store) {
      await store.commit([
        { op: "putSealed", row: row("a") },
        { op: "putSealed", row: row("b", { role: "buyer" }) },
        settle("b", "broken", "buyer"),
      ]);
      await store.commit([{ op: "putSealed", row: row("c", { atMs: 91 * DAY_MS }) }]);
      assert.equal(await store.sealedOf("a".repeat(64), "provider"), null);
      assert.equal((await store.sealedOf("b".repeat(64), "buyer"))?.state, "broken");
    },
  },
  {
    name:
      "a sale outlives a clock that jumps ahead while its job is open, or is not paid and known",
    async run(store) {
      const rows = { a: "paid", b: "success", c: "success" } as const;
      for (const [letter, status] of Object.entries(rows)) {
        const of = { eventId: letter.repeat(64), jobId: `job-${letter.repeat(7)}`, status };
        await store.commit([
          { op: "putJob", row: job(of) },
          { op: "putSealed", row: row(letter, { role: "buyer" }) },
        ]);
      }
      await store.commit([settle("a", "opened", "buyer"), settle("c", "opened", "buyer")]);
      await store.commit([{ op: "putSealed", row: row("d", { atMs: 91 * DAY_MS }) }]);
      const states = await Promise.all(
        ["a", "b", "c"].map(async (each) =>
          (await store.sealedOf(each.repeat(64), "buyer"))?.state
        ),
      );
      assert.deepEqual(states, ["opened", "waiting", undefined]);
    },
  },
];
