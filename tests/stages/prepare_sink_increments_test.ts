/** prepareSink() with the increments of a metered job: when it pays, what it books, and when it stops paying. */
import assert from "node:assert/strict";
import { sha256 } from "@noble/hashes/sha2.js";
import type { PacketOutcome } from "../../peers/connector/connector_client.ts";
import { incrementOrder } from "../../protocols/nostr/increment_order.ts";
import type { JobLogAnswer } from "../../protocols/nostr/job_log.ts";
import { definition } from "../../stages/prepare_sink_definition.ts";
import type { Item } from "../../stages/stage.ts";
import type { Change } from "../../store/store.ts";
import type { MeterRow } from "../../store/meter_row.ts";
import { BUYER, NOW_S, PROVIDER, signed } from "../market/market.ts";
import { job } from "../store/store_rows.ts";
import { addRow, orderItem, type Surroundings, surroundings } from "./surroundings.ts";

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
  kib: 0,
  most: 3,
  paid: 1,
  paidAtMs: NOW_MS - 15_000,
  sinceMs: NOW_MS - 15_000,
  usedMs: 0,
  usedBytes: 0,
  fromByte: 0,
  turns: 0,
  pausedAtMs: null,
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
  { asked = says("F04"), paid = FULFILLED, meter = {}, status = JOB.status, number = 2, ...more }: {
    /** The answers to questions for the log, one after the other; the last one again. */
    readonly log?: readonly JobLogAnswer[];
    /** What happens before the provider answers whether the increment is due. */
    readonly meanwhile?: readonly Change[];
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
  const { log, meanwhile = [] } = more;
  const sent: string[] = [];
  let questions = 0;
  const stream = await definition.create({ write: "ilp", wire: "interledger" }, {
    store: at.store,
    signer: {
      packetFulfilments: (packets: readonly { dataSha256: Uint8Array }[]) =>
        Promise.resolve(packets.map(({ dataSha256 }) => sha256(dataSha256))),
    },
    connector: {
      async sendFree() {
        sent.push("asked");
        if (meanwhile.length > 0) await at.store.commit(meanwhile);
        return asked;
      },
      pay({ obligation, amount }: { readonly obligation: string; readonly amount: bigint }) {
        sent.push(`${obligation.replace(JOB.eventId, "E")} ${amount}`);
        return Promise.resolve(paid);
      },
    },
    ...log !== undefined && {
      jobLogs: {
        read({ offset }: { readonly offset: number }) {
          sent.push(`log ${offset}`);
          return questions < log.length
            ? Promise.resolve(log[questions++])
            : Promise.reject(new Error("no answer"));
        },
      },
    },
    relayReader: {
      publish: () => Promise.resolve(),
      readBack: () => Promise.resolve("shown" as const),
    },
  }, at.context) as WritableStream<readonly Item[]>;
  const writer = stream.getWriter();
  await writer.write([orderItem(order, JOB.jobId, outboxId)]);
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
    [{ meter: { turns: 1 } }, []],
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

/** The meter of a job that is paid by the KiB, and what its provider sends. */
const OUTPUT: Partial<MeterRow> = { seconds: 0, kib: 1, sinceMs: NOW_MS, paidAtMs: NOW_MS };
const sends = (...pieces: [number, number][]): JobLogAnswer => ({
  pieces: pieces.map(([offset, sizeBytes]) => ({ offset, sizeBytes, deflated: new Uint8Array(1) })),
  endBytes: 1e9,
  ended: false,
});

Deno.test("prepareSink() pays for output that it received and stored, whatever its clock says", async () => {
  await using at = await surroundings();
  const log = [sends([0, 1_000]), sends([1_000, 24], [1_024, 1])];
  const came = await ordered(at, { meter: OUTPUT, log });
  assert.deepEqual(came.sent, ["log 0", "log 1000", "asked", "increment:E/2 5000"]);
  assert.equal(came.meter.paid, 2);
  assert.equal((await at.store.jobLog(JOB.jobId, "buyer", 0, 0)).endBytes, 1_025);
});

Deno.test("prepareSink() pays for no output that did not come: claimed, with a gap, twice, or after the job's end", async () => {
  const waits: [readonly JobLogAnswer[], string[]][] = [
    // The provider claims a billion bytes and sends exactly what is paid.
    [[sends([0, 1_024]), sends()], ["log 0", "log 1024"]],
    [[sends([0, 1_024]), sends([5_000, 9_000])], ["log 0", "log 1024"]],
    [[sends([0, 1_024]), sends([0, 1_024])], ["log 0", "log 1024"]],
    [[sends([0, 600]), sends([300, 900])], ["log 0", "log 600"]],
    [[], ["log 0"]],
  ];
  for (const [log, sent] of waits) {
    await using at = await surroundings();
    const came = await ordered(at, { meter: OUTPUT, log });
    assert.deepEqual([came.sent, came.settled.detail, came.isKept], [sent, "not_due", true]);
    assert.equal(came.meter.paid, 1);
  }
  await using at = await surroundings();
  const none = await ordered(at, { meter: OUTPUT });
  assert.deepEqual([none.sent, none.settled.detail], [[], "not_due"], "nobody can fetch the log");
  await using paused = await surroundings();
  const log = [sends([0, 2_000])];
  assert.deepEqual((await ordered(paused, { meter: { ...OUTPUT, turns: 1 }, log })).sent, []);
  await using ended = await surroundings();
  assert.deepEqual((await ordered(ended, { meter: OUTPUT, log, status: "cancelled" })).sent, []);
});

Deno.test("prepareSink() asks before it pays for output, because a run that starts again sends what was paid", async () => {
  await using at = await surroundings();
  const came = await ordered(at, { meter: OUTPUT, log: [sends([0, 2_000])], asked: says("T99") });
  assert.deepEqual([came.sent, came.meter.paid], [["log 0", "asked"], 1]);
});

Deno.test("prepareSink() pays no increment of a job that was cancelled or paused while its provider took its time to answer", async () => {
  const turn = { eventId: JOB.eventId, role: "buyer", turn: 1, atMs: NOW_MS } as const;
  const cancelled = { status: "cancelled", updatedAtMs: NOW_MS } as const;
  for (
    const change of [
      { op: "patchJob", jobId: JOB.jobId, role: "buyer", patch: cancelled },
      { op: "turnMeter", ...turn },
    ] as const
  ) {
    for (const output of [false, true]) {
      await using at = await surroundings();
      const meter = output ? OUTPUT : { sinceMs: 0, paidAtMs: 0 };
      const log = [sends([0, 2_000])];
      const came = await ordered(at, { meter, log, meanwhile: [change] });
      assert.deepEqual([came.sent.at(-1), came.meter.paid], ["asked", 1]);
      assert.equal(came.isKept, change.op === "turnMeter");
    }
  }
});

Deno.test("prepareSink() reads a bounded number of answers at once from a provider that sends its output byte by byte", async () => {
  await using at = await surroundings();
  const log = Array.from({ length: 200 }, (_, offset) => sends([offset, 1]));
  const came = await ordered(at, { meter: OUTPUT, log });
  assert.deepEqual([came.settled.detail, came.isKept, came.meter.paid], ["not_due", true, 1]);
  assert.ok(came.sent.length < 64, `${came.sent.length} questions`);
  const { endBytes } = await at.store.jobLog(JOB.jobId, "buyer", Number.MAX_SAFE_INTEGER, 0);
  assert.equal(endBytes, came.sent.length, "what came is kept");
});
