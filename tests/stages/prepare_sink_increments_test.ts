/** prepareSink() with the increments of a metered job: when it pays, what it books, and when it stops paying. */
import assert from "node:assert/strict";
import { sha256 } from "@noble/hashes/sha2.js";
import type { PacketOutcome } from "../../peers/connector/connector_client.ts";
import { incrementOrder } from "../../protocols/nostr/increment_order.ts";
import { definition } from "../../stages/prepare_sink.ts";
import type { Item } from "../../stages/stage.ts";
import type { MeterRow } from "../../store/meter_row.ts";
import { BUYER, NOW_S, PROVIDER, signed } from "../market/market.ts";
import { job } from "../store/store_rows.ts";
import { addRow, outgoingItem, type Surroundings, surroundings } from "./surroundings.ts";

const NOW_MS = 1_770_000_000_000;
const JOB = job({
  kind: 5600,
  type: "echo",
  buyer: BUYER,
  provider: PROVIDER,
  status: "processing",
  jobPaid: true,
  amountUnits: 5_000n,
  createdAtMs: NOW_MS,
  updatedAtMs: NOW_MS,
});
const METER: MeterRow = {
  eventId: JOB.eventId,
  role: "buyer",
  party: PROVIDER,
  incrementUnits: 5_000n,
  seconds: 15,
  most: 3,
  paid: 1,
  paidAtMs: NOW_MS - 15_000,
  sinceMs: NOW_MS - 15_000,
  usedMs: 0,
  state: "open",
  atMs: NOW_MS,
};

const says = (code: string): PacketOutcome => ({
  state: "refused",
  code,
  message: "said",
  data: new Uint8Array(),
  triggeredBy: "g.p",
  local: false,
});
const FULFILLED: PacketOutcome = {
  state: "fulfilled",
  fulfilment: new Uint8Array(32),
  data: new Uint8Array(),
  packet: { channelId: "0x", nonce: 1, amount: 5_000n },
  alreadyPaid: false,
};

/** Orders an increment at a sink whose provider gives these answers to a packet of amount 0 and to a payment. */
async function ordered(
  at: Surroundings,
  { asked = says("F04"), paid = FULFILLED, meter = {}, status = JOB.status, number = 2 }: {
    readonly asked?: PacketOutcome;
    readonly paid?: PacketOutcome;
    readonly meter?: Partial<MeterRow>;
    readonly status?: typeof JOB.status;
    readonly number?: number;
  } = {},
) {
  await at.store.commit([
    { op: "putJob", row: { ...JOB, status } },
    { op: "putMeter", row: { ...METER, ...meter } },
  ]);
  const outboxId = await addRow(at.store, {
    jobId: JOB.jobId,
    purpose: "job",
    amountUnits: 5_000n,
  });
  const order = signed(
    incrementOrder({ requestId: JOB.eventId, provider: PROVIDER, number }, NOW_S),
    BUYER,
  );
  const sent: string[] = [];
  const stream = await definition.create({ write: "ilp", wire: "interledger" }, {
    store: at.store,
    signer: {
      packetFulfilments: (packets: readonly { dataSha256: Uint8Array }[]) =>
        Promise.resolve(packets.map(({ dataSha256 }) => sha256(dataSha256))),
    },
    connector: {
      sendFree() {
        sent.push("asked");
        return Promise.resolve(asked);
      },
      pay({ obligation, amount }: { readonly obligation: string; readonly amount: bigint }) {
        sent.push(`${obligation.replace(JOB.eventId, "E")} ${amount}`);
        return Promise.resolve(paid);
      },
    },
    relayReader: {
      publish: () => Promise.resolve(),
      readBack: () => Promise.resolve("shown" as const),
    },
  }, at.context) as WritableStream<readonly Item[]>;
  const writer = stream.getWriter();
  await writer.write([{
    ...outgoingItem(1, {
      id: order.id,
      kind: order.kind,
      job_id: JOB.jobId,
      outbox_id: outboxId,
      purpose: "job",
      destination: "g.p",
      terminal: PROVIDER,
      amount_units: "5000",
    }),
    bytes: new TextEncoder().encode(JSON.stringify(order)),
  }]);
  const [settled] = await at.untilSettled(1);
  await writer.close();
  const pending = await at.store.pendingOutbox(0, 10, 0);
  return {
    sent,
    settled,
    isKept: pending.some((row) => row.outboxId === outboxId),
    next: pending.find((row) => row.outboxId !== outboxId),
    job: (await at.store.getJob(JOB.jobId, "buyer"))!,
    meter: (await at.store.meterOf(JOB.eventId, "buyer"))!,
  };
}

Deno.test("prepareSink() pays the increment that is due, books it, and puts the order of the next one down in the same commit", async () => {
  await using at = await surroundings();
  const came = await ordered(at);
  assert.deepEqual(came.sent, ["asked", "increment:E/2 5000"]);
  assert.deepEqual([came.meter.paid, came.meter.paidAtMs], [2, NOW_MS]);
  assert.equal(came.job.amountUnits, 10_000n);
  assert.deepEqual([came.isKept, came.next?.amountUnits], [false, 5_000n]);
  const next = JSON.parse(new TextDecoder().decode(came.next?.event));
  assert.deepEqual(next.tags, [["e", JOB.eventId], ["p", PROVIDER], ["increment", "3"]]);
});

Deno.test("prepareSink() orders no increment above the most that the bid covers", async () => {
  await using at = await surroundings();
  const came = await ordered(at, { meter: { paid: 2, sinceMs: NOW_MS - 30_000 }, number: 3 });
  assert.deepEqual([came.meter.paid, came.next, came.isKept], [3, undefined, false]);
  await using other = await surroundings();
  const above = await ordered(other, { meter: { paid: 3 }, number: 4 });
  assert.deepEqual([above.sent, above.meter.paid, above.isKept], [[], 3, false]);
});

Deno.test("prepareSink() waits while the increment is not due: by its own clock, by its provider's word, or without an answer", async () => {
  const waits: [Parameters<typeof ordered>[1], string[]][] = [
    [{ meter: { sinceMs: NOW_MS - 14_999 } }, []],
    [{ meter: { paidAtMs: NOW_MS - 7_499 } }, []],
    [{ asked: says("T99") }, ["asked"]],
    [{ asked: { state: "unknown", reason: "no answer" } }, ["asked"]],
    [{ asked: FULFILLED }, ["asked"]],
    // A hop cannot know whether it is due.
    [{ asked: says("F02") }, ["asked"]],
    [{ asked: says("F06") }, ["asked"]],
    [{ paid: { ...says("F06"), ofClaim: true } as PacketOutcome }, ["asked", "increment:E/2 5000"]],
    [{ paid: says("F02") }, ["asked", "increment:E/2 5000"]],
    [{ paid: says("T01") }, ["asked", "increment:E/2 5000"]],
  ];
  for (const [given, sent] of waits) {
    await using at = await surroundings();
    const came = await ordered(at, given);
    assert.deepEqual([came.sent, came.settled.detail, came.isKept], [sent, "not_due", true]);
    assert.deepEqual([came.meter.paid, came.job.amountUnits], [1, 5_000n]);
  }
});

Deno.test("prepareSink() pays no more for a job that is over, here or at its provider", async () => {
  for (const status of ["success", "error", "cancelled", "timeout"] as const) {
    await using at = await surroundings();
    const came = await ordered(at, { status });
    assert.deepEqual([came.sent, came.isKept, came.next], [[], false, undefined], status);
  }
  await using at = await surroundings();
  const came = await ordered(at, { asked: says("F99") });
  assert.deepEqual([came.sent, came.isKept, came.next], [["asked"], false, undefined]);
  assert.deepEqual([came.job.status, came.job.errorCode], ["processing", null]);
});

Deno.test("prepareSink() keeps an increment whose outcome nobody knows, and books nothing", async () => {
  await using at = await surroundings();
  const came = await ordered(at, { paid: { state: "unknown", reason: "late" } });
  assert.deepEqual([came.isKept, came.meter.paid, came.next], [true, 1, undefined]);
});
