/** Cases of the store's contract: meters of jobs that are paid while they run. */
import assert from "node:assert/strict";
import type { MeterRow } from "../../store/meter_row.ts";
import { type Case, code } from "./store_case.ts";

const DAY_MS = 86_400_000;

const row = (letter: string, more: Partial<MeterRow> = {}): MeterRow => ({
  eventId: letter.repeat(64),
  role: "provider",
  party: "b".repeat(64),
  incrementUnits: 5_000n,
  seconds: 15,
  most: 3,
  paid: 1,
  paidAtMs: 10,
  sinceMs: null,
  usedMs: 0,
  state: "open",
  atMs: 10,
  ...more,
});

const pay = (number: number, role: MeterRow["role"] = "provider", atMs = 20) =>
  ({ op: "payIncrement", eventId: "a".repeat(64), role, number, atMs }) as const;
const run = (usedMs: number, stoppedAt: number | null = null) =>
  ({ op: "meterRun", eventId: "a".repeat(64), usedMs, stoppedAt }) as const;

export const METERS: readonly Case[] = [
  {
    name: "payIncrement counts each increment once and in order, up to the most",
    async run(store) {
      const eventId = "a".repeat(64);
      await assert.rejects(store.commit([pay(1, "buyer")]), code("conflict"));
      const bought = row("a", { role: "buyer", paid: 0 });
      await store.commit([{ op: "putMeter", row: row("a") }, { op: "putMeter", row: bought }]);
      await assert.rejects(store.commit([{ op: "putMeter", row: row("a") }]), code("conflict"));
      await assert.rejects(store.commit([pay(3)]), code("conflict"));
      await store.commit([pay(2)]);
      await store.commit([pay(2, "provider", 99)]);
      const sold = await store.meterOf(eventId, "provider");
      assert.deepEqual([sold?.paid, sold?.paidAtMs, sold?.sinceMs], [2, 20, null]);
      await store.commit([pay(3)]);
      await assert.rejects(store.commit([pay(4)]), code("conflict"));
      await store.commit([pay(1, "buyer", 30)]);
      await store.commit([pay(2, "buyer", 40)]);
      const own = await store.meterOf(eventId, "buyer");
      assert.deepEqual([own?.paid, own?.paidAtMs, own?.sinceMs], [2, 40, 30]);
      assert.equal(await store.meterOf("c".repeat(64), "buyer"), null);
    },
  },
  {
    name: "meterRun stops a run only at what was paid",
    async run(store) {
      const eventId = "a".repeat(64);
      await store.commit([{ op: "putMeter", row: row("a") }, pay(2)]);
      await store.commit([run(15_000)]);
      await assert.rejects(store.commit([run(30_000, 1)]), code("conflict"));
      const open = await store.meterOf(eventId, "provider");
      assert.deepEqual([open?.state, open?.usedMs], ["open", 15_000]);
      await store.commit([run(45_000, 2)]);
      const over = await store.meterOf(eventId, "provider");
      assert.deepEqual([over?.state, over?.usedMs, over?.paid], ["over", 45_000, 2]);
    },
  },
  {
    name: "a meter is kept for a quarter of a year",
    async run(store) {
      await store.commit([{ op: "putMeter", row: row("a") }]);
      await store.commit([{ op: "putMeter", row: row("c", { atMs: 91 * DAY_MS }) }]);
      assert.equal(await store.meterOf("a".repeat(64), "provider"), null);
    },
  },
];
