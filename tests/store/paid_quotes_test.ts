/** Quotes that a provider gave on a relay: paid once, exactly, while they are valid. */
import assert from "node:assert/strict";
import { mostIncrements, type Quote, quoteEvent } from "../../protocols/nostr/job_quote.ts";
import type { JobRow } from "../../store/job_row.ts";
import type { Change } from "../../store/store.ts";
import { BUYER, buyerRow, NOW_S, PROVIDER, request, signed } from "../market/market.ts";
import { openWorld } from "./given.ts";
import { code } from "./store_case.ts";

const NOW_MS = NOW_S * 1_000;
const REQUEST = request();
const ROW: JobRow = {
  ...buyerRow(REQUEST),
  status: "quoted",
  amountUnits: 0n,
  jobPaid: false,
  errorCode: "payment_required",
  errorMessage: "50000 units",
};
const QUOTE: Quote = {
  requestId: REQUEST.id,
  buyer: BUYER,
  provider: PROVIDER,
  content: "c".repeat(64),
  priceUnits: 50_000n,
  depositUnits: 50_000n,
  asset: { code: "M2M", scale: 6 },
  chain: { chainId: 31_337, tokenNetworkAddress: `0x${"ab".repeat(20)}` },
  mode: "upfront",
  ilpAddress: "test.provider",
  condition: "d".repeat(64),
  validUntilS: NOW_S + 600,
  deadlineS: NOW_S + 600,
};

/** A store with the job and its quote, and the change that pays it. */
async function offered(quote: Quote = QUOTE, row: JobRow = ROW) {
  const world = await openWorld();
  const event = signed(quoteEvent(quote, NOW_S), PROVIDER);
  const bytes = new TextEncoder().encode(JSON.stringify(event));
  const kept = { eventId: REQUEST.id, quote: bytes, condition: quote.condition, atMs: NOW_MS };
  await world.store.commit([{ op: "putJob", row }, { op: "putQuote", row: kept }]);
  const pay = (more: Partial<Extract<Change, { op: "payQuote" }>> = {}): Change => ({
    op: "payQuote",
    jobId: ROW.jobId,
    quoteId: event.id,
    amountUnits: 50_500n,
    increments: 1,
    atMs: NOW_MS,
    ...more,
  });
  return {
    store: world.store,
    pay,
    job: async () => (await world.store.getJob(ROW.jobId, "buyer"))!,
    sent: async () => await world.store.pendingOutbox(0, 9, 0),
    [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
  };
}

Deno.test("payQuote() puts the payment into the outbox with the job's own request, once", async () => {
  await using at = await offered();
  await at.store.commit([at.pay()]);
  const [payment, another] = await at.sent();
  assert.equal(another, undefined);
  assert.deepEqual(
    [payment.jobId, payment.purpose, payment.destination, payment.terminalPubkey],
    [ROW.jobId, "job", "test.provider", PROVIDER],
  );
  assert.deepEqual([payment.event, payment.amountUnits], [ROW.request, 50_500n]);
  const { amountUnits, status, errorCode, jobPaid } = await at.job();
  assert.deepEqual([amountUnits, status, errorCode, jobPaid], [50_500n, "quoted", null, false]);
  await assert.rejects(at.store.commit([at.pay()]), code("conflict"));
  assert.equal((await at.sent()).length, 1);
});

Deno.test("payQuote() pays a metered quote by increments, at most as many as are named", async () => {
  const increment = { unit: "second", size: 15 } as const;
  const metered: Quote = { ...QUOTE, mode: "metered", depositUnits: 500n, increment };
  const most = mostIncrements(metered);
  await using at = await offered({ ...metered, priceUnits: 500n * BigInt(most) });
  await at.store.commit([at.pay({ amountUnits: 500n, increments: 7 })]);
  const meter = (await at.store.meterOf(REQUEST.id, "buyer"))!;
  assert.deepEqual([meter.most, meter.paid, meter.incrementUnits, meter.seconds], [7, 0, 500n, 15]);
});

for (
  const { name, row = {}, pay = {} } of [
    { name: "a quote that expired", pay: { atMs: NOW_MS + 600_000 } },
    { name: "another quote than the one that is stored", pay: { quoteId: "e".repeat(64) } },
    { name: "nothing", pay: { amountUnits: 0n } },
    { name: "an unknown job", pay: { jobId: "job-none" } },
    { name: "a job that is paid", row: { jobPaid: true, status: "paid" } },
    { name: "a job that is being paid", row: { amountUnits: 50_000n } },
    { name: "a job that runs", row: { status: "processing" } },
    { name: "a job that is over", row: { status: "cancelled" } },
  ] as const
) {
  Deno.test(`payQuote() does not pay ${name}`, async () => {
    await using at = await offered(QUOTE, { ...ROW, ...row });
    await assert.rejects(at.store.commit([at.pay(pay)]), code("conflict"));
    assert.deepEqual(await at.sent(), []);
  });
}
