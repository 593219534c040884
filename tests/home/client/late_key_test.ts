/** Paying for the key to a result that came when its job had ended. Over the socket's JSON and a real store. */
import assert from "node:assert/strict";
import { isLateOrder, readDeliveryOrder } from "../../../protocols/nostr/sealed_result.ts";
import type { JobRow } from "../../../store/job_row.ts";
import type { SealedRow } from "../../../store/sealed_row.ts";
import { BUYER, PROVIDER } from "../../market/market.ts";
import { call, overJson, rig } from "./home_methods_rig.ts";
import { boughtBy, CONDITION, JOB, NOW_MS } from "./quoted_job.ts";

const SALE: SealedRow = {
  eventId: JOB.eventId,
  role: "buyer",
  party: PROVIDER,
  condition: CONDITION,
  restUnits: 15_000n,
  result: new TextEncoder().encode("{}"),
  state: "waiting",
  key: null,
  atMs: NOW_MS,
  dueAtMs: NOW_MS,
};
const ENDED: Partial<JobRow> = { status: "timeout", errorCode: "timeout" };

/** A home with a job and its sealed result. */
async function sealed(job: Partial<JobRow>, sale: Partial<SealedRow> | null = {}) {
  const made = await rig();
  const { store } = made.at;
  await store.commit([
    ...boughtBy("on-delivery", job),
    ...sale === null ? [] : [{ op: "putSealed", row: { ...SALE, ...sale } } as const],
  ]);
  const home = overJson(made.handlers);
  const { jobId } = JOB;
  return {
    store,
    pay: (id = jobId, signal = new AbortController().signal) =>
      home.payKey({ jobId: id, atMs: NOW_MS }, { ...call(), signal }),
    /** The orders, once there are so many. */
    async orders(atLeast = 0) {
      for (;;) {
        const rows = await store.pendingOfJob(jobId, [], 0);
        if (rows.length >= atLeast) return rows;
        await new Promise((go) => setTimeout(go, 5));
      }
    },
    [Symbol.asyncDispose]: () => made[Symbol.asyncDispose](),
  };
}

Deno.test("payKey() orders the key once, for the rest of the price, until the order is answered", async () => {
  await using made = await sealed(ENDED);
  const stop = new AbortController();
  const stopped = assert.rejects(made.pay(JOB.jobId, stop.signal), { name: "AbortError" });
  const [order] = await made.orders(1);
  stop.abort();
  await stopped;
  const event = JSON.parse(new TextDecoder().decode(order.event));
  assert.deepEqual(readDeliveryOrder(event), {
    requestId: JOB.eventId,
    provider: PROVIDER,
    condition: CONDITION,
  });
  // Its provider accepts it although the job has ended, and its sink sends it.
  assert.equal(isLateOrder(event), true);
  assert.equal(event.pubkey, BUYER);
  assert.deepEqual(
    [order.amountUnits, order.destination, order.terminalPubkey, order.purpose],
    [15_000n, "g.quoted.provider", PROVIDER, "job"],
  );
  const again = made.pay();
  assert.equal((await made.orders()).length, 1, "the order that is pending is not made twice");
  const { outboxId } = order;
  await made.store.commit([{ op: "settleOutbox", outboxId, state: "done", detail: null }]);
  await again;
  assert.equal((await made.orders()).length, 0);
});

Deno.test("payKey() orders a key beside the order of the job itself, which is not paid any more", async () => {
  await using made = await sealed(ENDED);
  const event = new TextEncoder().encode(JSON.stringify({ kind: 5600, tags: [] }));
  await made.store.commit([{
    op: "addOutbox",
    row: {
      jobId: JOB.jobId,
      purpose: "job",
      event,
      destination: "g.quoted.provider",
      terminalPubkey: PROVIDER,
      amountUnits: 1n,
      createdAtMs: NOW_MS,
    },
  }]);
  const stop = new AbortController();
  const stopped = assert.rejects(made.pay(JOB.jobId, stop.signal), { name: "AbortError" });
  await made.orders(2);
  stop.abort();
  await stopped;
});

for (
  const { name, job, sale, code } of [
    { name: "without a sealed result", job: ENDED, sale: null, code: "not_sealed" },
    {
      name: "whose key was paid",
      job: { status: "success" },
      sale: { state: "opened", key: "a".repeat(64) },
      code: "already_paid",
    },
    {
      name: "whose key does not open its result",
      job: { status: "error" },
      sale: { state: "broken", key: "a".repeat(64) },
      code: "already_paid",
    },
    { name: "that is open", job: {}, sale: {}, code: "job_open" },
  ] as const
) {
  Deno.test(`payKey() refuses a job ${name} with ${code}, and orders nothing`, async () => {
    await using made = await sealed(job, sale);
    await assert.rejects(made.pay(), { name: "ControlError", code });
    assert.equal((await made.orders()).length, 0);
  });
}

Deno.test("payKey() refuses a job that is not in this home", async () => {
  await using made = await sealed(ENDED);
  await assert.rejects(made.pay("job-0000000"), { name: "ControlError", code: "not_found" });
});
