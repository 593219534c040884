/** The meter of a run, on a real store, under a clock of the test's own. */
import assert from "node:assert/strict";
import { runMeter } from "../../stages/skill_sink_meter.ts";
import type { MeterRow } from "../../store/meter_row.ts";
import { ownOutputFrom } from "../../protocols/nostr/job_log.ts";
import { surroundings } from "./surroundings.ts";

const EVENT = "a".repeat(64);
const JOB = { eventId: EVENT, jobId: "job-aaaaaaa" };
const METER: MeterRow = {
  eventId: EVENT,
  role: "provider",
  party: "b".repeat(64),
  incrementUnits: 5_000n,
  seconds: 1,
  kib: 0,
  most: 9,
  paid: 1,
  paidAtMs: 1,
  sinceMs: null,
  usedMs: 0,
  usedBytes: 0,
  fromByte: 0,
  turns: 0,
  pausedAtMs: null,
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
  const turn = (number: number) =>
    at.store.commit([{ op: "turnMeter", eventId: EVENT, role: "provider", turn: number, atMs: 2 }]);
  return { at, read, pay, turn };
}

/** Waits for the state itself. */
async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!await holds()) await new Promise((resolve) => setTimeout(resolve, 10));
}

Deno.test("runMeter() is null for a job that is not metered", async () => {
  await using at = await surroundings();
  assert.equal(await runMeter(at.store, JOB), null);
});

Deno.test("runMeter() stores the increments that the run begins, and stops it one increment after the paid ones", async () => {
  const { at, read, pay } = await metered();
  await using _ = at;
  let nowMs = 0;
  using meter = (await runMeter(at.store, JOB, () => nowMs))!;
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
  assert.equal(await meter.end(true, never), "increment_unpaid");
});

Deno.test("runMeter() holds a result until all that the run began is paid", async () => {
  const { at, read, pay } = await metered();
  await using _ = at;
  let nowMs = 0;
  using meter = (await runMeter(at.store, JOB, () => nowMs))!;
  nowMs = 1_500;
  const ended = meter.end(true, never);
  await until(async () => (await read()).usedMs === 1_500);
  assert.equal(await Promise.race([ended, Promise.resolve("held")]), "held");
  await pay(2);
  assert.equal(await ended, null);
});

Deno.test("runMeter() gives up a result whose last increment is never paid", async () => {
  const { at, read } = await metered();
  await using _ = at;
  let nowMs = 0;
  using meter = (await runMeter(at.store, JOB, () => nowMs))!;
  nowMs = 1_500;
  const ended = meter.end(true, never);
  await until(async () => (await read()).usedMs === 1_500);
  nowMs = 62_000;
  assert.equal(await ended, "increment_unpaid");
  // The wait for the payment is no run time.
  assert.deepEqual([(await read()).state, (await read()).usedMs], ["over", 1_500]);
});

Deno.test("runMeter() starts from zero when a run is started again, and stays stopped if it was stopped", async () => {
  const { at, read } = await metered({ usedMs: 700 });
  await using _ = at;
  using again = (await runMeter(at.store, JOB, () => 0))!;
  assert.deepEqual([(await read()).usedMs, again.signal.aborted], [0, false]);
  assert.equal(await again.end(true, never), null);
  await at.store.commit([{ op: "meterRun", eventId: EVENT, used: 2_000, stoppedAt: 1 }]);
  using over = (await runMeter(at.store, JOB, () => 0))!;
  assert.equal(over.signal.aborted, true);
  assert.equal(await over.end(true, never), "increment_unpaid");
});

Deno.test("runMeter() pauses the run of its buyer: no time counts, and its processes are told", async () => {
  const { at, read, turn } = await metered();
  await using _ = at;
  let nowMs = 0;
  using meter = (await runMeter(at.store, JOB, () => nowMs))!;
  const told: boolean[] = [];
  meter.pausing.onChange(() => told.push(meter.pausing.isPaused));
  nowMs = 900;
  await turn(1);
  await until(() => told.length === 1);
  nowMs = 500_000;
  await turn(2);
  await until(() => told.length === 2);
  assert.deepEqual(told, [true, false]);
  assert.equal((await read()).usedMs, 0);
  nowMs += 150;
  await until(async () => (await read()).usedMs === 1_050);
  assert.ok(!meter.signal.aborted);
  assert.equal(await meter.end(false, never), null);
});

Deno.test("runMeter() ends a run that was paused for ten minutes in all, also one whose result waits for its payment", async () => {
  for (const isHeld of [false, true]) {
    const { at, read, turn } = await metered({ turns: 1 });
    await using _ = at;
    let nowMs = 0;
    using meter = (await runMeter(at.store, JOB, () => nowMs))!;
    assert.ok(meter.pausing.isPaused, "a run that starts again is still paused");
    nowMs = 400_000;
    await turn(2);
    await until(() => !meter.pausing.isPaused);
    nowMs += 1_500;
    const ended = isHeld ? meter.end(true, never) : null;
    await until(async () => (await read()).usedMs === 1_500);
    await turn(3);
    await until(() => meter.pausing.isPaused);
    nowMs += 199_999;
    assert.ok(!meter.signal.aborted);
    nowMs += 1;
    await until(() => meter.signal.aborted);
    assert.equal(await (ended ?? meter.end(true, never)), "paused_too_long");
    assert.equal((await read()).state, "over");
  }
});

/** The meter of a run that is paid by the KiB. */
const OUTPUT: Partial<MeterRow> = { seconds: 0, kib: 1 };

Deno.test("runMeter() stands still when a run has printed one increment more than was paid, and goes on with the payment", async () => {
  const { at, read, pay } = await metered(OUTPUT);
  await using _ = at;
  let nowMs = 0;
  using meter = (await runMeter(at.store, JOB, () => nowMs))!;
  meter.printed(1_024);
  assert.ok(!meter.pausing.isPaused);
  meter.printed(1);
  await until(async () => (await read()).usedBytes === 1_025);
  meter.printed(1_023);
  assert.ok(meter.pausing.isPaused, "two KiB are printed, one is paid");
  // Time alone costs nothing.
  nowMs = 59_000;
  await pay(2);
  await until(() => !meter.pausing.isPaused);
  nowMs = 500_000;
  meter.printed(500);
  await until(async () => (await read()).usedBytes === 2_548);
  assert.ok(!meter.signal.aborted);
  const ended = meter.end(true, never);
  assert.equal(await Promise.race([ended, Promise.resolve("held")]), "held");
  await pay(3);
  assert.equal(await ended, null);
});

Deno.test("runMeter() stops a run that stands still for a minute, or that can be paid no more, at what it printed", async () => {
  const { at, read } = await metered(OUTPUT);
  await using _ = at;
  let nowMs = 0;
  using meter = (await runMeter(at.store, JOB, () => nowMs))!;
  meter.printed(5_000);
  nowMs = 59_999;
  await until(async () => (await read()).usedBytes === 5_000);
  assert.ok(!meter.signal.aborted);
  nowMs = 60_000;
  await until(() => meter.signal.aborted);
  assert.equal(await meter.end(true, never), "increment_unpaid");
  const other = await metered({ ...OUTPUT, most: 1 });
  await using __ = other.at;
  using last = (await runMeter(other.at.store, JOB, () => 0))!;
  last.printed(2_048);
  await until(() => last.signal.aborted);
  const { state, usedBytes } = await other.read();
  assert.deepEqual([state, usedBytes], ["over", 2_048]);
});

Deno.test("runMeter() counts the output of a run that starts again from zero, after what its log has", async () => {
  const { at, read } = await metered({ ...OUTPUT, usedBytes: 3_000, paid: 3 });
  await using _ = at;
  const piece = { offset: 0, sizeBytes: 3_000, deflated: new Uint8Array(1) };
  const row = { jobId: JOB.jobId, role: "provider", ...piece } as const;
  await at.store.commit([{ op: "addJobLog", row }]);
  using meter = (await runMeter(at.store, JOB, () => 0))!;
  const { usedBytes, fromByte } = await read();
  assert.deepEqual([usedBytes, fromByte], [0, ownOutputFrom(3_000)]);
  meter.printed(3_000);
  assert.ok(!meter.pausing.isPaused);
  assert.equal(await meter.end(true, never), null, "what was paid before counts");
});

Deno.test("runMeter() does not count the pauses of its buyer against a run that waits for a payment", async () => {
  const { at, read, turn, pay } = await metered({ ...OUTPUT, turns: 1 });
  await using _ = at;
  let nowMs = 0;
  using meter = (await runMeter(at.store, JOB, () => nowMs))!;
  meter.printed(2_048);
  nowMs = 500_000;
  await turn(2);
  await until(async () => (await read()).usedBytes === 2_048);
  assert.ok(!meter.signal.aborted, "a buyer that pauses need not pay");
  await pay(2);
  await until(() => !meter.pausing.isPaused);
  assert.equal(await meter.end(true, never), null);
});
