/** What a buyer changes of a metered job that runs: pauses and the most that it pays. Over the socket's JSON and a real store. */
import assert from "node:assert/strict";
import { readIncrementOrder } from "../../../protocols/nostr/increment_order.ts";
import { readTurnOrder } from "../../../protocols/nostr/turn_order.ts";
import type { JobRow } from "../../../store/job_row.ts";
import type { MeterRow } from "../../../store/meter_row.ts";
import type { OutboxRow } from "../../../store/job_row.ts";
import { StoreError } from "../../../store/store_error.ts";
import type { Change } from "../../../store/store.ts";
import { topUpJob } from "../../../home/client/metered_job.ts";
import { PROVIDER } from "../../market/market.ts";
import { call, overJson, rig } from "./home_methods_rig.ts";
import { boughtBy, JOB, NOW_MS } from "./quoted_job.ts";

const METER: MeterRow = {
  eventId: JOB.eventId,
  role: "buyer",
  party: PROVIDER,
  incrementUnits: 5_000n,
  seconds: 15,
  kib: 0,
  most: 3,
  paid: 1,
  paidAtMs: NOW_MS,
  sinceMs: NOW_MS,
  usedMs: 0,
  usedBytes: 0,
  fromByte: 0,
  turns: 0,
  pausedAtMs: null,
  state: "open",
  atMs: NOW_MS,
};

/** A home with a metered job, and what its commands ask of it. */
async function metered(meter: Partial<MeterRow> = {}, job: Partial<JobRow> = {}) {
  const made = await rig();
  await made.at.store.commit([
    ...boughtBy("metered", job),
    { op: "putMeter", row: { ...METER, ...meter } },
  ]);
  const { jobId } = JOB;
  const home = overJson(made.handlers);
  return {
    store: made.at.store,
    home,
    turn: (paused: boolean, atMs = NOW_MS) => home.turnJob({ jobId, paused, atMs }, call()),
    topUp: (most: number) => home.topUpJob({ jobId, most, atMs: NOW_MS }, call()),
    meter: async () => (await made.at.store.meterOf(JOB.eventId, "buyer"))!,
    orders: () => made.at.store.pendingOfJob(jobId, [], 0),
    [Symbol.asyncDispose]: () => made[Symbol.asyncDispose](),
  };
}

const eventOf = ({ event }: OutboxRow) => JSON.parse(new TextDecoder().decode(event));

Deno.test("turnJob() pauses and continues, each once, with an order for the provider that costs nothing", async () => {
  await using made = await metered();
  assert.equal(await made.turn(false), "told", "it runs already");
  assert.equal((await made.orders()).length, 0);
  assert.equal(await made.turn(true), "queued", "nobody sends here");
  assert.equal(await made.turn(true), "queued");
  assert.equal((await made.meter()).turns, 1);
  await made.turn(false, NOW_MS + 1);
  assert.equal((await made.meter()).turns, 2);
  const orders = await made.orders();
  assert.deepEqual(orders.map((row) => readTurnOrder(eventOf(row)).turn), [1, 2]);
  for (const { amountUnits, destination, terminalPubkey, purpose } of orders) {
    assert.deepEqual([amountUnits, destination, terminalPubkey, purpose], [
      0n,
      "g.quoted.provider",
      PROVIDER,
      "job",
    ]);
  }
  const told = { state: "done", detail: null } as const;
  await made.store.commit(
    orders.map(({ outboxId }): Change => ({ op: "settleOutbox", outboxId, ...told })),
  );
  assert.equal(await made.turn(false), "told", "both orders were sent");
});

for (
  const { name, meter, job, code } of [
    { name: "whose first increment is not paid", meter: { paid: 0 }, job: {}, code: "not_paid" },
    { name: "that has ended", meter: {}, job: { status: "success" }, code: "job_over" },
  ] as const
) {
  Deno.test(`turnJob() refuses a job ${name}, and orders nothing`, async () => {
    await using made = await metered(meter, job);
    await assert.rejects(made.turn(true), { name: "ControlError", code });
    assert.equal((await made.meter()).turns, 0);
    assert.equal((await made.orders()).length, 0);
  });
}

Deno.test("turnJob() and topUpJob() refuse a job that is unknown or is not metered", async () => {
  await using made = await rig();
  const home = overJson(made.handlers);
  const { jobId } = JOB;
  const turn = () => home.turnJob({ jobId, paused: true, atMs: NOW_MS }, call());
  const topUp = () => home.topUpJob({ jobId, most: 9, atMs: NOW_MS }, call());
  for (const asked of [turn, topUp]) await assert.rejects(asked, { code: "not_found" });
  await made.at.store.commit(boughtBy("on-delivery"));
  for (const asked of [turn, topUp]) await assert.rejects(asked, { code: "not_metered" });
  assert.equal((await made.at.store.pendingOutbox(0, 1, 0)).length, 0);
});

Deno.test("topUpJob() raises the most increments, never lowers it, and orders nothing while others may still be paid", async () => {
  await using made = await metered();
  await made.topUp(5);
  assert.equal((await made.meter()).most, 5);
  await made.topUp(4);
  assert.equal((await made.meter()).most, 5);
  assert.equal((await made.orders()).length, 0);
});

Deno.test("topUpJob() orders the next increment, once, where all that were allowed are paid", async () => {
  await using made = await metered({ paid: 3 });
  await made.topUp(3);
  assert.equal((await made.orders()).length, 0, "nothing was raised");
  await made.topUp(4);
  await made.topUp(4);
  const [order, ...others] = await made.orders();
  assert.equal(others.length, 0);
  assert.equal(readIncrementOrder(eventOf(order)).number, 4);
  assert.deepEqual([order.amountUnits, order.destination], [5_000n, "g.quoted.provider"]);
});

Deno.test("topUpJob() of a job whose first increment is not paid orders none: its payment is on its way", async () => {
  await using made = await metered({ paid: 0, most: 1 });
  await made.topUp(2);
  assert.equal((await made.meter()).most, 2);
  assert.equal((await made.orders()).length, 0);
});

Deno.test("topUpJob() reads again when an increment was booked in between, and gives up where that does not end", async () => {
  await using made = await metered({ paid: 2 });
  const { eventId } = JOB;
  let [tries, payBefore] = [0, 1];
  const store = Object.assign(Object.create(made.store), {
    commit: async (changes: readonly Change[]) => {
      tries++;
      if (tries <= payBefore) {
        await made.store.commit([
          { op: "payIncrement", eventId, role: "buyer", number: 3, atMs: NOW_MS },
        ]);
      }
      return await made.store.commit(changes);
    },
  });
  const asked = { jobId: JOB.jobId, most: 4, atMs: NOW_MS };
  await topUpJob(store, asked);
  assert.equal(tries, 2);
  assert.deepEqual([(await made.meter()).paid, (await made.meter()).most], [3, 4]);
  const [order] = await made.orders();
  assert.equal(readIncrementOrder(eventOf(order)).number, 4, "of the meter as it was read again");

  payBefore = 0;
  tries = 0;
  store.commit = () => Promise.reject(new StoreError("conflict", `conflict ${++tries}`));
  await assert.rejects(topUpJob(store, { ...asked, most: 9 }), { code: "conflict" });
  assert.equal(tries, 5);
});
