/** The meter of a run, on a real store, under a clock of the test's own. */
import assert from "node:assert/strict";
import { runMeter } from "../../stages/skill_sink_meter.ts";
import type { MeterRow } from "../../store/meter_row.ts";
import { surroundings } from "./surroundings.ts";

const EVENT = "a".repeat(64);
const METER: MeterRow = {
  eventId: EVENT,
  role: "provider",
  party: "b".repeat(64),
  incrementUnits: 5_000n,
  seconds: 1,
  most: 9,
  paid: 1,
  paidAtMs: 1,
  sinceMs: null,
  usedMs: 0,
  state: "open",
  atMs: 1,
};
const never = new AbortController().signal;

async function metered(row: Partial<MeterRow> = {}) {
  const at = await surroundings();
  await at.store.commit([{ op: "putMeter", row: { ...METER, ...row } }]);
  const read = async () => (await at.store.meterOf(EVENT, "provider"))!;
  const pay = (number: number) =>
    at.store.commit([{ op: "payIncrement", eventId: EVENT, role: "provider", number, atMs: 2 }]);
  return { at, read, pay };
}

/** Waits for the state itself. */
async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!await holds()) await new Promise((resolve) => setTimeout(resolve, 10));
}

Deno.test("runMeter() is null for a job that is not metered", async () => {
  await using at = await surroundings();
  assert.equal(await runMeter(at.store, { eventId: EVENT }), null);
});

Deno.test("runMeter() stores the increments that the run begins, and stops it one increment after the paid ones", async () => {
  const { at, read, pay } = await metered();
  await using _ = at;
  let nowMs = 0;
  using meter = (await runMeter(at.store, { eventId: EVENT }, () => nowMs))!;
  nowMs = 1_200;
  await until(async () => (await read()).usedMs === 1_200);
  assert.ok(!meter.signal.aborted);
  await pay(2);
  nowMs = 2_990;
  await until(async () => (await read()).usedMs === 2_990);
  assert.ok(!meter.signal.aborted, "two are paid: it runs through the third");
  nowMs = 3_000;
  await until(() => meter.signal.aborted);
  assert.equal((await read()).state, "over");
  assert.equal(await meter.end(true, never), false);
});

Deno.test("runMeter() holds a result until all that the run began is paid", async () => {
  const { at, read, pay } = await metered();
  await using _ = at;
  let nowMs = 0;
  using meter = (await runMeter(at.store, { eventId: EVENT }, () => nowMs))!;
  nowMs = 1_500;
  const ended = meter.end(true, never);
  await until(async () => (await read()).usedMs === 1_500);
  assert.equal(await Promise.race([ended, Promise.resolve("held")]), "held");
  await pay(2);
  assert.equal(await ended, true);
});

Deno.test("runMeter() gives up a result whose last increment is never paid", async () => {
  const { at, read } = await metered();
  await using _ = at;
  let nowMs = 0;
  using meter = (await runMeter(at.store, { eventId: EVENT }, () => nowMs))!;
  nowMs = 1_500;
  const ended = meter.end(true, never);
  await until(async () => (await read()).usedMs === 1_500);
  nowMs = 62_000;
  assert.equal(await ended, false);
  assert.equal((await read()).state, "over");
});

Deno.test("runMeter() starts from zero when a run is started again, and stays stopped if it was stopped", async () => {
  const { at, read } = await metered({ usedMs: 700 });
  await using _ = at;
  using again = (await runMeter(at.store, { eventId: EVENT }, () => 0))!;
  assert.deepEqual([(await read()).usedMs, again.signal.aborted], [0, false]);
  assert.equal(await again.end(true, never), true);
  await at.store.commit([{ op: "meterRun", eventId: EVENT, usedMs: 2_000, stoppedAt: 1 }]);
  using over = (await runMeter(at.store, { eventId: EVENT }, () => 0))!;
  assert.equal(over.signal.aborted, true);
  assert.equal(await over.end(true, never), false);
});
