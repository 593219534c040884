import assert from "node:assert/strict";
import { SignerError } from "../../money/signer/signer_error.ts";
import type { PacketOutcome } from "../../peers/connector/connector_client.ts";
import type { JobRow } from "../../store/job_row.ts";
import type { Store } from "../../store/store.ts";
import { StoreError } from "../../store/store_error.ts";
import { definition } from "../../stages/prepare_sink.ts";
import type {
  PrepareSinkOptions,
  PrepareSinkServices,
} from "../../stages/prepare_sink_services.ts";
import type { Item } from "../../stages/stage.ts";
import { PROVIDER as ANSWERER, signed } from "../market/market.ts";
import { job, outgoing } from "../store/store_rows.ts";
import { stageContract } from "./stage_contract.ts";
import {
  addRow,
  outgoingItem,
  patch,
  pending,
  sharedStore,
  type Surroundings,
  surroundings,
} from "./surroundings.ts";

const PAID: PrepareSinkOptions = { write: "ilp", wire: "interledger" };
const BUYER = job({ createdAtMs: 1_770_000_000_000, updatedAtMs: 1_770_000_000_000 });
const PROVIDER = job({
  ...BUYER,
  role: "provider",
  jobId: "job-provide",
  eventId: "9".repeat(64),
  status: "success",
});
const fulfilled = (amount: bigint, alreadyPaid = false): PacketOutcome => ({
  state: "fulfilled",
  fulfilment: new Uint8Array(32),
  data: new Uint8Array(0),
  packet: { channelId: "0x", nonce: 1, amount },
  alreadyPaid,
});
const refused = (code: string): PacketOutcome => ({
  state: "refused",
  code,
  message: "no",
  data: new Uint8Array(0),
  triggeredBy: "test",
  local: false,
});
const unknown: PacketOutcome = { state: "unknown", reason: "no answer yet" };

type Pay = NonNullable<PrepareSinkServices["connector"]>["pay"];

interface Rig {
  readonly at: Surroundings;
  readonly paid: { readonly obligation: string; readonly amount: bigint }[];
  readonly writer: WritableStreamDefaultWriter<readonly Item[]>;
}

/** The stage over a real store; the connector and the relay answer as the test says. */
async function rig(
  at: Surroundings,
  given: {
    readonly options?: PrepareSinkOptions;
    readonly pay?: (request: Parameters<Pay>[0], signal: AbortSignal) => Promise<PacketOutcome>;
    readonly shows?: () => "shown" | "hidden" | "unreadable";
    readonly publish?: () => Promise<void>;
    readonly services?: Partial<PrepareSinkServices>;
  } = {},
): Promise<Rig> {
  const paid: { obligation: string; amount: bigint }[] = [];
  const stream = await definition.create(given.options ?? PAID, {
    store: at.store,
    signer: { packetFulfilments: () => Promise.resolve([new Uint8Array(32)]) },
    connector: {
      pay(request, options) {
        paid.push({ obligation: request.obligation, amount: request.amount });
        return given.pay?.(request, options!.signal!) ??
          Promise.resolve(fulfilled(request.amount));
      },
    },
    relayReader: {
      publish: given.publish ?? (() => Promise.resolve()),
      readBack: () => Promise.resolve(given.shows?.() ?? "shown"),
    },
    ...given.services,
  }, at.context) as WritableStream<readonly Item[]>;
  return { at, paid, writer: stream.getWriter() };
}

/** The request of a job and the payment of its provider, both in the outbox. */
async function requestAndPayment(at: Surroundings, row: JobRow = BUYER) {
  if (await at.store.getJob(row.jobId, row.role) === null) {
    await at.store.commit([{ op: "putJob", row }]);
  }
  const write = await addRow(at.store, { jobId: row.jobId });
  const pay = await addRow(at.store, { jobId: row.jobId, purpose: "job", amountUnits: 500n });
  const known = {
    id: row.eventId,
    job_id: row.jobId,
    destination: "test.relay",
    terminal: "a".repeat(64),
    write_price_units: "100",
    kind: row.kind,
  };
  return [
    outgoingItem(1, { ...known, purpose: "write", outbox_id: write }),
    outgoingItem(2, { ...known, purpose: "job", outbox_id: pay, amount_units: "500" }),
  ] as const;
}

const buyerJob = (at: Surroundings) => at.store.getJob(BUYER.jobId, "buyer");

Deno.test("prepareSink() adds the fees of hops to the price of a write; a job's payment includes them already", async () => {
  await using at = await surroundings();
  const hopFees = ["test.relay 3 100", "test.relay 0 0", "test.elsewhere 900 0"];
  const { writer, paid } = await rig(at, { options: { ...PAID, hopFees } });
  await writer.write(await requestAndPayment(at));
  await at.untilSettled(2);
  await writer.close();
  assert.deepEqual(paid.map(({ amount }) => amount), [104n, 500n]);
  assert.equal((await buyerJob(at))!.writeUnits, 104n);
});

Deno.test("prepareSink() pays the write, then the provider, and has both in the store before it settles", async () => {
  await using at = await surroundings();
  const told: unknown[] = [];
  const { writer, paid } = await rig(at, {
    pay: ({ about, amount }) => {
      told.push(about);
      return Promise.resolve(fulfilled(amount));
    },
  });
  await writer.write(await requestAndPayment(at));
  assert.deepEqual(await at.untilSettled(2), [
    { seq: 1, outcome: "done", detail: "confirmed" },
    { seq: 2, outcome: "done", detail: "fulfilled" },
  ]);
  await writer.close();
  assert.deepEqual(paid, [
    { obligation: `write:${BUYER.eventId}`, amount: 100n },
    { obligation: `job:${BUYER.eventId}`, amount: 500n },
  ]);
  // Their journal entries: a write is priced by its bytes, a job is not. The payment names the provider, whose daily
  // limit it counts against.
  const { jobId, kind } = BUYER;
  const provider = "a".repeat(64);
  const bytes = "document 1".length;
  assert.deepEqual(told, [
    { jobId, provider: null, kind, bytes },
    { jobId, provider, kind, bytes: null },
  ]);
  const row = await buyerJob(at);
  assert.deepEqual([row!.status, row!.jobPaid, row!.writeUnits], ["paid", true, 100n]);
  assert.deepEqual(await pending(at.store), []);
});

/** One document with each possible outcome. */
const OUTCOMES: readonly {
  readonly name: string;
  readonly outcome?: PacketOutcome;
  readonly shows?: "hidden" | "unreadable";
  readonly wire?: PrepareSinkOptions["wire"];
  readonly expected: readonly [settlement: string, detail: string];
  readonly status: JobRow["status"];
  readonly stays: boolean;
  readonly units: bigint;
}[] = [
  {
    name: "fulfilled and shown",
    expected: ["done", "confirmed"],
    status: "posted",
    stays: false,
    units: 100n,
  },
  {
    name: "fulfilled by the relay itself, which cannot be read now",
    shows: "unreadable",
    expected: ["done", "fulfilled"],
    status: "posted",
    stays: false,
    units: 100n,
  },
  {
    name: "fulfilled by the relay itself, which hides it",
    shows: "hidden",
    expected: ["failed", "not_read_back"],
    status: "unknown",
    stays: true,
    units: 0n,
  },
  {
    name: "fulfilled by whatever hop, while the relay cannot be read",
    shows: "unreadable",
    wire: "crosstown",
    expected: ["failed", "not_read_back"],
    status: "unknown",
    stays: true,
    units: 0n,
  },
  {
    name: "fulfilled by whatever hop, and hidden",
    shows: "hidden",
    wire: "crosstown",
    expected: ["failed", "not_read_back"],
    status: "unknown",
    stays: true,
    units: 0n,
  },
  {
    name: "refused by a peer",
    outcome: refused("F02"),
    expected: ["refused", "F02"],
    status: "refused",
    stays: false,
    units: 0n,
  },
  {
    name: "unknown",
    outcome: unknown,
    expected: ["failed", "unknown"],
    status: "unknown",
    stays: true,
    units: 0n,
  },
];

for (const each of OUTCOMES) {
  Deno.test(`prepareSink() a request's write ${each.name}: ${each.expected.join(" ")}, job ${each.status}`, async () => {
    await using at = await surroundings();
    const { writer } = await rig(at, {
      options: { ...PAID, wire: each.wire ?? "interledger" },
      pay: ({ amount }) => Promise.resolve(each.outcome ?? fulfilled(amount)),
      shows: () => each.shows ?? "shown",
    });
    const [write] = await requestAndPayment(at);
    await writer.write([write]);
    const [settlement] = await at.untilSettled(1);
    assert.deepEqual([settlement.outcome, settlement.detail], each.expected);
    const row = await buyerJob(at);
    assert.equal(row!.status, each.status);
    assert.equal(row!.writeUnits, each.units);
    assert.equal((await pending(at.store)).includes(Number(write.known.outbox_id)), each.stays);
    await writer.close();
  });
}

Deno.test("prepareSink() names the peer that refused a payment without a message", async () => {
  await using at = await surroundings();
  const request = new TextEncoder().encode('{"kind":5600,"created_at":1,"tags":[],"content":""}');
  const row = job({ ...BUYER, provider: "a".repeat(64), status: "posted", request });
  const { writer } = await rig(at, {
    pay: ({ obligation, amount }) =>
      Promise.resolve(
        obligation.startsWith("job:")
          ? { ...refused("F05"), message: " ", triggeredBy: "test.far" } as PacketOutcome
          : fulfilled(amount),
      ),
  });
  await writer.write(await requestAndPayment(at, row));
  await at.untilSettled(2);
  await writer.close();
  const now = (await buyerJob(at))!;
  assert.deepEqual(
    [now.errorCode, now.errorMessage],
    ["F05", "test.far refused the packet and gave no reason"],
  );
});

for (
  const [code, next] of [
    ["T01", true],
    ["T03", true],
    ["F02", true],
    ["F99", true],
    ["R00", true],
    ["F05", false],
    ["F06", false],
    ["no_connector", false],
  ] as const
) {
  Deno.test(`prepareSink() ${next ? "asks the next" : "asks no other"} provider when a payment is refused with ${code}`, async () => {
    await using at = await surroundings();
    const request = new TextEncoder().encode('{"kind":5600,"created_at":1,"tags":[],"content":""}');
    const row = job({ ...BUYER, provider: "a".repeat(64), status: "posted", request });
    const other = { provider: "c".repeat(64), payTo: "test.c", priceUnits: 400n };
    const { writer } = await rig(at, {
      pay: ({ obligation, amount }) =>
        Promise.resolve(obligation.startsWith("job:") ? refused(code) : fulfilled(amount)),
    });
    const items = await requestAndPayment(at, row);
    const plan = { jobId: row.jobId, budgetUnits: null, writeUnits: 100n, refusalCosts: false };
    const relay = { destination: "test.relay", terminalPubkey: "a".repeat(64) };
    await at.store.commit([{ op: "planFailover", ...plan, ...relay, candidates: [other] }]);
    await writer.write(items);
    await at.untilSettled(2);
    await writer.close();
    const now = (await buyerJob(at))!;
    assert.deepEqual(
      [now.status, now.provider?.[0], now.amountUnits],
      next ? ["created", "c", 400n] : ["refused", "a", BUYER.amountUnits],
    );
    assert.equal(now.writeUnits, 100n, "the first write stays counted");
    const waiting = await at.store.pendingOutbox(0, 10, 0);
    assert.deepEqual(waiting.map(({ purpose }) => purpose), next ? ["write", "job"] : []);
  });
}

Deno.test("prepareSink() stores the outcomes of different jobs at once, and those of one job one after another", async () => {
  await using at = await surroundings();
  const other = { ...BUYER, jobId: "job-other", eventId: "7".repeat(64) };
  const [write, pay] = await requestAndPayment(at);
  const [further] = await requestAndPayment(at, other);
  const both = Promise.withResolvers<void>();
  const under = new Set<string>();
  const store: Store = {
    ...at.store,
    async commit(changes) {
      const jobs = changes.flatMap((each) => each.op === "patchJob" ? [each.jobId] : []);
      for (const jobId of jobs) {
        assert.ok(!under.has(jobId), "one document of a job after another");
        under.add(jobId);
      }
      if (under.size === 2) both.resolve();
      await both.promise;
      await at.store.commit(changes);
      for (const jobId of jobs) under.delete(jobId);
    },
  };
  const { writer } = await rig(at, { services: { store } });
  await writer.write([write, pay, { ...further, seq: 3 }]);
  await at.untilSettled(3);
  await writer.close();
  assert.deepEqual([(await buyerJob(at))!.status, (await buyerJob(at))!.writeUnits], [
    "paid",
    100n,
  ]);
});

Deno.test("prepareSink() pays again for a peer that could not be reached, until the job's deadline", async () => {
  await using at = await surroundings();
  let away = true;
  const { writer, paid } = await rig(at, {
    pay: ({ amount }) => Promise.resolve(away ? refused("T01") : fulfilled(amount)),
  });
  const [write, pay] = await requestAndPayment(at);
  const rows = [Number(write.known.outbox_id), Number(pay.known.outbox_id)];
  await writer.write([write, pay]);
  assert.deepEqual((await at.untilSettled(2)).map(({ outcome }) => outcome), ["failed", "failed"]);
  assert.deepEqual(await pending(at.store), rows);
  const waiting = (await buyerJob(at))!;
  assert.deepEqual([waiting.status, waiting.errorCode], ["created", "T01"]);
  away = false;
  await writer.write([{ ...write, seq: 3 }, { ...pay, seq: 4 }]);
  assert.deepEqual((await at.untilSettled(4)).slice(2).map(({ outcome }) => outcome), [
    "done",
    "done",
  ]);
  const done = (await buyerJob(at))!;
  assert.deepEqual([done.status, done.errorCode, done.jobPaid], ["paid", null, true]);
  assert.deepEqual(paid.filter(({ obligation }) => obligation.startsWith("job:")).length, 1);
  await writer.close();
});

Deno.test("prepareSink() gives up a peer that cannot be reached when the job's time is over", async () => {
  await using at = await surroundings();
  const { writer } = await rig(at, { pay: () => Promise.resolve(refused("T01")) });
  const [write] = await requestAndPayment(at);
  at.nowMs = BUYER.createdAtMs + BUYER.timeoutS * 1000;
  await writer.write([write]);
  assert.equal((await at.untilSettled(1))[0].outcome, "refused");
  assert.deepEqual([(await buyerJob(at))!.status, (await buyerJob(at))!.errorCode], [
    "refused",
    "T01",
  ]);
  await writer.close();
});

Deno.test("prepareSink() does not pay a provider whose request was refused, also after a restart", async () => {
  await using at = await surroundings();
  const items = await requestAndPayment(at);
  const first = await rig(at, { pay: () => Promise.resolve(refused("F02")) });
  await first.writer.write(items.slice(0, 1));
  await at.untilSettled(1);
  await first.writer.close();
  const second = await rig(at);
  await second.writer.write(items.slice(1));
  const settled = await at.untilSettled(2);
  assert.deepEqual(settled[1], { seq: 2, outcome: "refused", detail: "job_over" });
  assert.deepEqual(second.paid, []);
  await second.writer.close();
});

Deno.test("prepareSink() pays a provider after a restart whose request was posted before it", async () => {
  await using at = await surroundings();
  const items = await requestAndPayment(at);
  const first = await rig(at);
  await first.writer.write(items.slice(0, 1));
  await at.untilSettled(1);
  const second = await rig(at);
  await second.writer.write(items.slice(1));
  await at.untilSettled(2);
  assert.equal((await buyerJob(at))!.status, "paid");
});

Deno.test("prepareSink() keeps the payment of a provider while its request's write is unknown, and pays when it is known", async () => {
  await using at = await surroundings();
  const items = await requestAndPayment(at);
  let answer: PacketOutcome = unknown;
  const { writer, paid } = await rig(at, { pay: () => Promise.resolve(answer) });
  await writer.write(items);
  assert.deepEqual((await at.untilSettled(2)).map(({ outcome, detail }) => [outcome, detail]), [
    ["failed", "unknown"],
    ["failed", "not_posted_yet"],
  ]);
  assert.deepEqual(paid.map(({ obligation }) => obligation), [`write:${BUYER.eventId}`]);
  assert.equal((await buyerJob(at))!.errorCode, "unknown");
  answer = fulfilled(100n, true);
  await writer.write(items.map((item) => ({ ...item, seq: item.seq + 2 })));
  await at.untilSettled(4);
  const row = await buyerJob(at);
  assert.deepEqual([row!.status, row!.errorCode, row!.writeUnits], ["paid", null, 100n]);
  await writer.close();
});

Deno.test("prepareSink() sends without payment what the relay accepts for free", async () => {
  await using at = await surroundings();
  const sent: string[] = [];
  const { paid, writer } = await rig(at, {
    services: {
      connector: {
        pay: () => Promise.reject(new Error("nothing is to be paid")),
        sendFree({ destination }) {
          sent.push(destination);
          return Promise.resolve(fulfilled(0n));
        },
      },
    },
  });
  const known = { id: "f".repeat(64), purpose: "write", destination: "test.relay" };
  await writer.write([outgoingItem(1, { ...known, terminal: "a".repeat(64) })]);
  const [settled] = await at.untilSettled(1);
  assert.equal(settled.outcome, "done");
  assert.deepEqual([sent, paid], [["test.relay"], []]);
  await writer.close();
});

for (const order of ["before", "after"] as const) {
  Deno.test(`a job says what it cost where the answer comes right ${order} its payments were given up`, async () => {
    await using at = await surroundings(BUYER.createdAtMs + 299_000);
    const row = { ...BUYER, status: "posted" } as const;
    await at.store.commit([{ op: "putJob", row }]);
    const about = { jobId: row.jobId, provider: null, kind: null, bytes: null };
    const packets = [["write", 100n], ["job", 8_750n]].map(([purpose, amount], nonce) =>
      outgoing({
        nonce: nonce + 1,
        amount: amount as bigint,
        cumulative: 10_000n,
        obligation: `${purpose}:${row.eventId}`,
        about,
      })
    );
    const answer = async () => {
      for (const packet of packets.splice(0)) {
        const closed = { ...packet, state: "fulfilled", answer: new Uint8Array([3]) } as const;
        await at.store.commit([{ op: "putOutgoing", row: closed, expect: "open" }]);
      }
    };
    // After the deadline nobody waits for an answer, whatever is signed.
    const { writer } = await rig(at, {
      pay: async () => {
        at.nowMs = BUYER.createdAtMs + 301_000;
        if (order === "before") await answer();
        return unknown;
      },
    });
    for (const packet of packets) {
      await at.store.commit([{ op: "putOutgoing", row: packet, expect: "absent" }]);
    }
    const [write, pay] = await requestAndPayment(at, row);
    await writer.write([write]);
    await at.untilSettled(1);
    await writer.write([pay]);
    await at.untilSettled(2);
    await writer.close();
    assert.deepEqual(await pending(at.store), []);
    await patch(at.store, row, { status: "timeout", updatedAtMs: BUYER.createdAtMs + 302_000 });
    if (order === "after") await answer();
    const told = (await buyerJob(at))!;
    assert.deepEqual([told.status, told.jobPaid, told.writeUnits], ["timeout", true, 100n]);
    assert.ok(told.updatedAtMs < BUYER.createdAtMs + 303_000, "it took no longer for that");
  });
}

Deno.test("prepareSink() gives up an unknown write at the job's deadline, and counts what it cost once", async () => {
  await using at = await surroundings();
  const [write] = await requestAndPayment(at);
  const { writer } = await rig(at, {
    options: { ...PAID, wire: "crosstown" },
    pay: ({ amount }) => Promise.resolve(fulfilled(amount)),
    shows: () => "hidden",
  });
  await writer.write([write]);
  await at.untilSettled(1);
  at.nowMs += BUYER.timeoutS * 1000;
  await writer.write([{ ...write, seq: 2 }]);
  const [, last] = await at.untilSettled(2);
  assert.deepEqual(last, { seq: 2, outcome: "refused", detail: "not_read_back" });
  const row = await buyerJob(at);
  assert.deepEqual([row!.status, row!.writeUnits], ["unknown", 100n]);
  assert.match(row!.errorMessage!, /was paid for but the relay does not show it/);
  await writer.close();
});

Deno.test("prepareSink() tries a provider's answer until its job's deadline, then says that it failed", async () => {
  await using at = await surroundings();
  await at.store.commit([{ op: "putJob", row: PROVIDER }]);
  const row = await addRow(at.store, { jobId: PROVIDER.jobId });
  const item = outgoingItem(1, {
    id: "e".repeat(64),
    job_id: PROVIDER.jobId,
    purpose: "write",
    destination: "test.relay",
    outbox_id: row,
    write_price_units: "10",
  });
  const { writer } = await rig(at, { pay: () => Promise.resolve(refused("T03")) });
  await writer.write([item]);
  assert.deepEqual(await at.untilSettled(1), [{ seq: 1, outcome: "failed", detail: "T03" }]);
  assert.deepEqual(await pending(at.store), [row]);
  at.nowMs += PROVIDER.timeoutS * 1000;
  await writer.write([{ ...item, seq: 2 }]);
  assert.equal((await at.untilSettled(2))[1].outcome, "refused");
  assert.deepEqual(await pending(at.store), []);
  assert.ok(at.logs.some(({ msg }) => msg === "document was not delivered"));
  assert.equal((await at.store.getJob(PROVIDER.jobId, "provider"))!.status, "success");
  await writer.close();
});

Deno.test("prepareSink() publishes a result without the request that it repeats, where the relay refuses it with it", async () => {
  await using at = await surroundings();
  await at.store.commit([{ op: "putJob", row: PROVIDER }]);
  const row = await addRow(at.store, { jobId: PROVIDER.jobId });
  const tags = [["request", "{}"], ["e", "d".repeat(64)], ["i", "x", "text"]];
  // As large as a home allows events to be; the relay allows less.
  const words = "done".repeat(30_000);
  const result = signed({ kind: 6601, created_at: 1, tags, content: words }, ANSWERER);
  const item = outgoingItem(1, {
    id: result.id,
    kind: 6601,
    job_id: PROVIDER.jobId,
    purpose: "write",
    destination: "",
    terminal: "",
    outbox_id: row,
    write_price_units: "0",
  }, JSON.stringify(result));
  const { writer } = await rig(at, {
    options: { ...PAID, write: "nostr" },
    publish: () => Promise.reject(Object.assign(new Error("too long"), { code: "refused" })),
  });
  await writer.write([item]);
  assert.equal((await at.untilSettled(1))[0].outcome, "refused");
  const [shorter] = await at.store.pendingOutbox(0, 10, 0);
  assert.ok(shorter !== undefined && shorter.outboxId > row);
  const { pubkey, created_at, kind, content } = result;
  assert.deepEqual(JSON.parse(new TextDecoder().decode(shorter.event)), {
    pubkey,
    created_at,
    kind,
    tags: tags.slice(1),
    content,
  });
  await writer.close();
});

Deno.test("prepareSink() pays and counts a row once that comes again while it is in progress, and after it was settled", async () => {
  await using at = await surroundings();
  const [write] = await requestAndPayment(at);
  const answer = Promise.withResolvers<PacketOutcome>();
  const { writer, paid } = await rig(at, { pay: () => answer.promise });
  await writer.write([write]);
  await writer.write([{ ...write, seq: 9 }]);
  answer.resolve(fulfilled(100n));
  assert.deepEqual((await at.untilSettled(2)).map(({ seq, outcome }) => [seq, outcome]), [
    [1, "done"],
    [9, "done"],
  ]);
  await writer.write([{ ...write, seq: 10 }]);
  assert.deepEqual((await at.untilSettled(3))[2], {
    seq: 10,
    outcome: "done",
    detail: "settled_before",
  });
  assert.equal(paid.length, 1);
  assert.equal((await buyerJob(at))!.writeUnits, 100n);
  await writer.close();
});

Deno.test("prepareSink() counts a write once whose sink died between the commit and its settlement", async () => {
  await using at = await surroundings();
  const [write] = await requestAndPayment(at);
  for (let life = 1; life <= 3; life++) {
    const { writer } = await rig(at);
    await writer.write([{ ...write, seq: life }]);
    await at.untilSettled(life);
  }
  assert.equal((await buyerJob(at))!.writeUnits, 100n);
});

Deno.test("prepareSink() sends nothing for a job that was cancelled, but continues with what left before", async () => {
  await using at = await surroundings();
  const items = await requestAndPayment(at);
  await patch(at.store, BUYER, { status: "cancelled" });
  const { writer, paid } = await rig(at);
  await writer.write(items.slice(0, 1));
  assert.deepEqual((await at.untilSettled(1))[0].detail, "job_over");
  assert.deepEqual(paid, []);
  const channel = { channelId: "0x01", peer: "p", signed: 500n, nonce: 1, spent: 0n, forfeit: 0n };
  await at.store.commit([
    { op: "putPayerChannel", row: channel },
    {
      op: "putOutgoing",
      row: outgoing({
        channelId: "0x01",
        amount: 500n,
        cumulative: 500n,
        obligation: `job:${BUYER.eventId}`,
      }),
    },
  ]);
  await writer.write(items.slice(1));
  await at.untilSettled(2);
  assert.equal(paid.length, 1);
  const row = await buyerJob(at);
  assert.deepEqual([row!.status, row!.jobPaid], ["cancelled", true]);
  await writer.close();
});

for (const purpose of ["write", "job"] as const) {
  Deno.test(`prepareSink() counts a ${purpose} that was paid and is settled after its time was over`, async () => {
    await using at = await surroundings();
    const [write, pay] = await requestAndPayment(at);
    const { writer, paid } = await rig(at, { shows: () => "hidden" });
    await patch(at.store, BUYER, { status: "timeout", errorCode: "timeout" });
    const obligation = `${purpose}:${BUYER.eventId}`;
    const channel = { channelId: "0x01", peer: "p", signed: 100n, nonce: 1, forfeit: 0n };
    const packet = outgoing({ channelId: "0x01", obligation });
    await at.store.commit([
      { op: "putPayerChannel", row: { ...channel, spent: 0n } },
      { op: "putOutgoing", row: packet },
    ]);
    await at.store.commit([
      { op: "putPayerChannel", row: { ...channel, spent: 100n } },
      { op: "putOutgoing", row: { ...packet, state: "fulfilled", answer: new Uint8Array([3]) } },
    ]);
    at.nowMs = BUYER.createdAtMs + BUYER.timeoutS * 1000;
    const item = purpose === "write" ? write : pay;
    await writer.write([{ ...item, known: { ...item.known, expires_at: at.nowMs / 1000 } }]);
    await at.untilSettled(1);
    const row = (await buyerJob(at))!;
    assert.deepEqual(paid, [], "nothing is sent");
    assert.equal(row.status, "timeout");
    assert.deepEqual(
      [row.writeUnits, row.jobPaid],
      purpose === "write" ? [100n, false] : [0n, true],
    );
    assert.ok(!(await pending(at.store)).includes(Number(item.known.outbox_id)));
    await writer.close();
  });
}

Deno.test("prepareSink() settles the row of a job that ended while its packet was out", async () => {
  await using at = await surroundings();
  const [write] = await requestAndPayment(at);
  const { writer } = await rig(at, {
    async pay({ amount }) {
      await patch(at.store, BUYER, { status: "timeout", errorCode: "timeout" });
      return fulfilled(amount);
    },
  });
  await writer.write([write]);
  assert.equal((await at.untilSettled(1))[0].outcome, "done");
  const row = await buyerJob(at);
  assert.deepEqual([row!.status, row!.errorCode, row!.writeUnits], ["timeout", "timeout", 100n]);
  assert.ok(!(await pending(at.store)).includes(Number(write.known.outbox_id)));
  await writer.close();
});

Deno.test("prepareSink() reads again when a commit has a conflict", async () => {
  await using at = await surroundings();
  const [write] = await requestAndPayment(at);
  let conflicts = 0;
  const store = Object.assign(Object.create(at.store), {
    ...at.store,
    async commit(changes: Parameters<typeof at.store.commit>[0]) {
      if (conflicts++ === 0) {
        await patch(at.store, BUYER, { status: "cancelled" });
        throw new StoreError("conflict", "changed meanwhile");
      }
      await at.store.commit(changes);
    },
  });
  const { writer } = await rig(at, { services: { store } });
  await writer.write([write]);
  assert.equal((await at.untilSettled(1))[0].outcome, "done");
  assert.equal((await buyerJob(at))!.status, "cancelled");
  assert.equal((await buyerJob(at))!.writeUnits, 100n);
  await writer.close();
});

Deno.test("prepareSink() errors when an outcome cannot be made durable, and settles nothing", async () => {
  await using at = await surroundings();
  const items = await requestAndPayment(at);
  const store = {
    ...at.store,
    commit: () => Promise.reject(new StoreError("io", "the disk failed")),
  };
  const { writer } = await rig(at, { services: { store } });
  await writer.write(items).catch(() => {});
  await assert.rejects(writer.closed, { code: "io" });
  assert.deepEqual(at.settled, []);
  assert.equal((await pending(at.store)).length, 2);
});

Deno.test("prepareSink() does not change its rows when it is aborted", async () => {
  await using at = await surroundings();
  const [write] = await requestAndPayment(at);
  const asked = Promise.withResolvers<void>();
  const { writer } = await rig(at, {
    pay: (_request, signal) => {
      asked.resolve();
      return new Promise((resolve) =>
        signal.addEventListener("abort", () => resolve(refused("cancelled")))
      );
    },
  });
  await writer.write([write]);
  await asked.promise;
  at.abort.abort();
  await writer.close();
  assert.deepEqual(at.settled, []);
  assert.equal((await buyerJob(at))!.status, "created");
  assert.equal((await pending(at.store)).length, 2);
});

Deno.test("prepareSink() pays for nothing that has expired", async () => {
  await using at = await surroundings();
  const row = await addRow(at.store);
  const { writer, paid } = await rig(at);
  const known = { id: "e".repeat(64), destination: "test.relay", outbox_id: row };
  await writer.write([outgoingItem(1, { ...known, expires_at: at.nowMs / 1000 })]);
  assert.deepEqual(await at.untilSettled(1), [{ seq: 1, outcome: "refused", detail: "expired" }]);
  assert.deepEqual(paid, []);
  await writer.close();
});

Deno.test("prepareSink() gives up an announcement that no connector took within half its life", async () => {
  await using at = await surroundings();
  const row = await addRow(at.store);
  const { writer } = await rig(at, {
    pay: (_request, signal) =>
      new Promise((resolve) =>
        signal.addEventListener("abort", () => resolve(refused("cancelled")))
      ),
  });
  const known = { id: "e".repeat(64), destination: "test.relay", outbox_id: row };
  await writer.write([outgoingItem(1, { ...known, expires_at: at.nowMs / 1000 + 0.01 })]);
  assert.deepEqual(await at.untilSettled(1), [{ seq: 1, outcome: "refused", detail: "expired" }]);
  assert.deepEqual(await pending(at.store), []);
  await writer.close();
});

const REFUSALS: readonly {
  readonly name: string;
  readonly services: Partial<PrepareSinkServices>;
  readonly code: string;
}[] = [
  {
    name: "without a connector",
    services: { connector: undefined },
    code: "no_connector",
  },
  {
    name: "whose terminal's key the signer refuses",
    services: {
      signer: {
        packetFulfilments: () => Promise.reject(new SignerError("bad_field", "peer")),
      },
    },
    code: "bad_field",
  },
];
for (const { name, services, code } of REFUSALS) {
  Deno.test(`prepareSink() refuses a document ${name}: ${code}`, async () => {
    await using at = await surroundings();
    const [write] = await requestAndPayment(at);
    const { writer } = await rig(at, { services });
    await writer.write([write]);
    assert.deepEqual(await at.untilSettled(1), [{ seq: 1, outcome: "refused", detail: code }]);
    assert.equal((await buyerJob(at))!.errorCode, code);
    await writer.close();
  });
}

Deno.test("prepareSink() ends a job whose request an earlier stage refused, also before it had an id", async () => {
  await using at = await surroundings();
  const [write] = await requestAndPayment(at);
  const { id: _, ...known } = write.known;
  const refusal = { stage: "event-signer", code: "bad_event", message: "no kind" };
  const { writer } = await rig(at);
  await writer.write([{ seq: 1, bytes: new Uint8Array(0), known, refusal }]);
  assert.equal((await at.untilSettled(1))[0].detail, "bad_event");
  const row = await buyerJob(at);
  assert.deepEqual([row!.status, row!.errorCode], ["refused", "bad_event"]);
  await writer.close();
});

Deno.test("prepareSink() books the answer of a job that this home both bought and ran on the provider's row", async () => {
  await using at = await surroundings();
  await at.store.commit([
    { op: "putJob", row: BUYER },
    { op: "putJob", row: { ...BUYER, role: "provider", status: "success" } },
  ]);
  const row = await addRow(at.store, { jobId: BUYER.jobId });
  const { writer } = await rig(at);
  await writer.write([outgoingItem(1, {
    id: "e".repeat(64),
    job_id: BUYER.jobId,
    destination: "test.relay",
    outbox_id: row,
    write_price_units: "70",
  })]);
  await at.untilSettled(1);
  assert.equal((await buyerJob(at))!.writeUnits, 0n);
  assert.equal((await at.store.getJob(BUYER.jobId, "provider"))!.writeUnits, 70n);
  await writer.close();
});

Deno.test("prepareSink() has at most 64 documents in progress", async () => {
  await using at = await surroundings();
  const gate = Promise.withResolvers<void>();
  const { writer, paid } = await rig(at, {
    pay: async ({ amount }) => {
      await gate.promise;
      return fulfilled(amount);
    },
  });
  const items = Array.from({ length: 100 }, (_, n) =>
    outgoingItem(n + 1, {
      id: String(n).padStart(64, "0"),
      destination: "test.relay",
      write_price_units: "1",
    }));
  const written = writer.write(items);
  // One turn of the event loop runs whatever does not wait.
  await new Promise((resolve) => setTimeout(resolve, 0));
  assert.equal(paid.length, 64);
  gate.resolve();
  await written;
  await writer.close();
  assert.equal(at.settled.length, 100);
});

Deno.test("prepareSink()'s only permission is the connector's address", () => {
  assert.deepEqual(definition.permissions(PAID), {});
  assert.deepEqual(definition.permissions({ ...PAID, connectorHost: "c.example:443" }), {
    net: ["c.example:443"],
  });
});

const contractStore = await sharedStore();
stageContract(definition, {
  options: { write: "nostr", wire: "interledger" },
  services: () => ({
    store: contractStore,
    signer: { packetFulfilments: () => Promise.resolve([]) },
    connector: null,
    results: null,
    relayReader: {
      publish: (bytes: Uint8Array) =>
        new TextDecoder().decode(bytes) === "bad"
          ? Promise.reject(Object.assign(new Error("blocked: no"), { code: "refused" }))
          : Promise.resolve(),
      readBack: () => Promise.resolve("shown" as const),
    },
  }),
  cases: [{
    name: "free writes, one refused by the relay",
    items: ["good", "fine", "bad"].map((text) => ({
      bytes: new TextEncoder().encode(text),
      known: { id: text, kind: 1, destination: "" },
    })),
    outcomes: ["done", "done", "refused"],
  }],
});
