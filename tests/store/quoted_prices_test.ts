/** What providers quoted beside what they had announced, as a buyer's store keeps it. */
import assert from "node:assert/strict";
import type { Quote } from "../../protocols/nostr/job_quote.ts";
import type { Store } from "../../store/store.ts";
import { openWorld } from "./given.ts";
import { job, outgoing } from "./store_rows.ts";

const [ALICE, BOB] = ["a".repeat(64), "b".repeat(64)];
const DAY_MS = 86_400_000;
let nonce = 0;

/** Stores a job that was quoted and paid. */
async function quoted(
  store: Store,
  digit: string,
  { provider = ALICE, promisedUnits = 100n, quotedUnits = 100n, atMs = 10 } = {},
) {
  const eventId = digit.repeat(64);
  const jobId = `job-${digit.repeat(7)}`;
  await store.commit([
    { op: "putJob", row: job({ jobId, eventId, provider, createdAtMs: atMs, updatedAtMs: atMs }) },
    {
      op: "putQuote",
      row: { eventId, quote: new Uint8Array(1), condition: digit, atMs },
      price: { provider, announcedUnits: 100n, announcedAtS: 7, promisedUnits, quotedUnits },
    },
  ]);
  await pay(store, jobId, provider, `job:${eventId}`, quotedUnits);
  return { jobId, eventId };
}

async function pay(
  store: Store,
  jobId: string,
  provider: string,
  obligation: string,
  amount: bigint,
) {
  const about = { jobId, provider, kind: null, bytes: null };
  const row = outgoing({ nonce: ++nonce, amount, obligation, about });
  await store.commit([{ op: "putOutgoing", row, expect: "absent" }]);
}

Deno.test("quotedPrices() has each job of a provider with what it announced, quoted and was paid in the end; the newest first", async () => {
  await using world = await openWorld();
  const { store } = world;
  const { jobId } = await quoted(store, "1");
  await quoted(store, "2", { quotedUnits: 300n, atMs: 20 });
  await quoted(store, "3", { provider: BOB });
  await pay(store, jobId, ALICE, "increment:1", 60n);
  const prices = await store.quotedPrices(ALICE, 9);
  assert.deepEqual(
    prices.map((each) => [each.jobId.at(-1), each.quotedUnits, each.paidUnits]),
    [["2", 300n, 300n], ["1", 100n, 160n]],
  );
  const { announcedUnits, announcedAtS, promisedUnits } = prices[0];
  assert.deepEqual([announcedUnits, announcedAtS, promisedUnits], [100n, 7, 100n]);
  assert.equal((await store.quotedPrices(ALICE, 1)).length, 1);
});

Deno.test("quotedPrices() of all providers leaves out those that are exactly as announced", async () => {
  await using world = await openWorld();
  const { store } = world;
  await quoted(store, "1");
  await quoted(store, "2", { quotedUnits: 300n });
  await quoted(store, "3", { provider: BOB, quotedUnits: 90n, atMs: 30 });
  const found = await store.quotedPrices(null, 9);
  assert.deepEqual(found.map(({ provider, quotedUnits }) => [provider, quotedUnits]), [
    [BOB, 90n],
    [ALICE, 300n],
  ]);
});

Deno.test("a quote without an announced price has none beside it, and prices go with their quotes", async () => {
  await using world = await openWorld();
  const { store } = world;
  await quoted(store, "1", { quotedUnits: 300n });
  const row = { eventId: "9".repeat(64), quote: new Uint8Array(1), condition: "c", atMs: 11 };
  await store.commit([{ op: "putQuote", row, price: null }]);
  assert.equal((await store.quotedPrices(null, 9)).length, 1);
  // A job that is open keeps its quote, and so its price.
  await store.commit([{
    op: "putQuote",
    row: { ...row, eventId: "8".repeat(64), atMs: 91 * DAY_MS },
  }]);
  assert.equal((await store.quotedPrices(null, 9)).length, 1);
  await store.commit([{ op: "cancelJob", jobId: "job-1111111", message: "no", atMs: 12 }]);
  await store.commit([{
    op: "putQuote",
    row: { ...row, eventId: "7".repeat(64), atMs: 91 * DAY_MS },
  }]);
  assert.deepEqual(await store.quotedPrices(null, 9), []);
});

Deno.test("quoteSuccessor() compares the quote with what that provider announced when the job was planned", async () => {
  await using world = await openWorld();
  const { store } = world;
  const eventId = "1".repeat(64);
  const jobId = "job-1111111";
  const request = new TextEncoder().encode(
    JSON.stringify({ kind: 5600, created_at: 1, tags: [["p", ALICE]], content: "", pubkey: BOB }),
  );
  const announced = { units: 50n, atS: 3, untilS: 9, promisedUnits: 50n, firstUnits: 50n };
  await store.commit([
    { op: "putJob", row: job({ jobId, eventId, provider: ALICE, request, jobPaid: false }) },
    {
      op: "planFailover",
      jobId,
      budgetUnits: 1_000n,
      writeUnits: 1n,
      refusalCosts: false,
      destination: "g.relay",
      terminalPubkey: "e".repeat(64),
      candidates: [{ provider: BOB, payTo: "g.bob", priceUnits: 50n, announced }],
    },
    {
      op: "passJobOn",
      jobId,
      eventId,
      code: "busy",
      message: "no place",
      otherwise: { status: "refused" },
      atMs: 5_000,
    },
  ]);
  const next = (await store.getJob(jobId, "buyer"))!;
  assert.equal(next.provider, BOB);
  await store.commit([{
    op: "quoteSuccessor",
    jobId,
    eventId: next.eventId,
    quote: { provider: BOB, mode: "upfront", condition: "c", priceUnits: 80n } as Quote,
    bytes: new Uint8Array(1),
    increments: 1,
    amountUnits: 80n,
    totalUnits: 80n,
    atMs: 6_000,
  }]);
  await pay(store, jobId, BOB, `job:${next.eventId}`, 80n);
  const [price] = await store.quotedPrices(BOB, 9);
  assert.deepEqual(
    [price.jobId, price.announcedUnits, price.promisedUnits, price.quotedUnits, price.paidUnits],
    [jobId, 50n, 50n, 80n, 80n],
  );
});
