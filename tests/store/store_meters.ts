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
  kib: 0,
  most: 3,
  paid: 1,
  paidAtMs: 10,
  sinceMs: null,
  usedMs: 0,
  usedBytes: 0,
  fromByte: 0,
  turns: 0,
  pausedAtMs: null,
  state: "open",
  atMs: 10,
  ...more,
});

const pay = (number: number, role: MeterRow["role"] = "provider", atMs = 20) =>
  ({ op: "payIncrement", eventId: "a".repeat(64), role, number, atMs }) as const;
const run = (used: number, stoppedAt: number | null = null, fromByte?: number) =>
  ({ op: "meterRun", eventId: "a".repeat(64), used, stoppedAt, fromByte }) as const;

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
    name: "meterRun counts the output of a run that is paid by output, and keeps where it begins",
    async run(store) {
      const eventId = "a".repeat(64);
      await store.commit([{ op: "putMeter", row: row("a", { seconds: 0, kib: 4 }) }]);
      await store.commit([run(0, null, 70)]);
      await store.commit([run(5_000)]);
      const open = await store.meterOf(eventId, "provider");
      assert.deepEqual([open?.usedMs, open?.usedBytes, open?.fromByte], [0, 5_000, 70]);
      await store.commit([run(9_000, 1)]);
      const over = await store.meterOf(eventId, "provider");
      assert.deepEqual([over?.state, over?.usedBytes, over?.fromByte], ["over", 9_000, 70]);
    },
  },
  {
    name:
      "turnMeter counts each turn once and in order; the buyer's clock stands still while a pause is confirmed",
    async run(store) {
      const eventId = "a".repeat(64);
      const turn = (turn: number, atMs: number, role: MeterRow["role"] = "buyer") =>
        store.commit([{ op: "turnMeter", eventId, role, turn, atMs }]);
      const confirm = (turn: number, atMs: number) =>
        store.commit([{ op: "confirmPause", eventId, turn, atMs }]);
      const read = async () => {
        const { turns, sinceMs, paidAtMs, pausedAtMs } = (await store.meterOf(eventId, "buyer"))!;
        return [turns, sinceMs, paidAtMs, pausedAtMs];
      };
      await assert.rejects(turn(1, 50), code("conflict"));
      const bought = row("a", { role: "buyer", sinceMs: 10 });
      await store.commit([{ op: "putMeter", row: bought }, { op: "putMeter", row: row("a") }]);
      await assert.rejects(turn(2, 50), code("conflict"));
      await turn(1, 50);
      await turn(1, 60);
      assert.deepEqual(await read(), [1, 10, 10, null]);
      await turn(2, 90);
      assert.deepEqual(
        await read(),
        [2, 10, 10, null],
        "a pause that nobody confirmed counts for nothing",
      );
      await confirm(1, 95);
      await turn(3, 100);
      await confirm(3, 110);
      await confirm(3, 120);
      assert.deepEqual(await read(), [3, 10, 10, 110]);
      await turn(4, 150);
      assert.deepEqual(await read(), [4, 50, 50, null]);
      await turn(5, 160);
      await confirm(5, 200);
      await turn(6, 170);
      assert.deepEqual(await read(), [6, 50, 50, null], "a clock that was set back moves nothing");
      await turn(1, 99, "provider");
      assert.equal((await store.meterOf(eventId, "provider"))?.turns, 1);
    },
  },
  {
    name: "topUpMeter raises the most that a buyer pays, and never lowers it",
    async run(store) {
      const eventId = "a".repeat(64);
      await store.commit([
        { op: "putMeter", row: row("a", { role: "buyer" }) },
        { op: "putMeter", row: row("a") },
      ]);
      await store.commit([{ op: "topUpMeter", eventId, most: 5, paid: 1 }]);
      for (const [most, paid] of [[4, 1], [5.5, 1], [6, 0]] as const) {
        const lower = store.commit([{ op: "topUpMeter", eventId, most, paid }]);
        await assert.rejects(lower, code("conflict"));
      }
      // An increment that is booked with the old most would not order the next one.
      await assert.rejects(store.commit([{ ...pay(2, "buyer"), most: 3 }]), code("conflict"));
      assert.equal((await store.meterOf(eventId, "buyer"))?.most, 5);
      assert.equal((await store.meterOf(eventId, "provider"))?.most, 3);
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
