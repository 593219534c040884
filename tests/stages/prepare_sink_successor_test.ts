/** prepareSink() with the provider to which a job was passed on: it is paid by its own quote, within what is left of the bid. */
import assert from "node:assert/strict";
import { sha256 } from "@noble/hashes/sha2.js";
import type { QuoteAnswer, QuoteQuestion } from "../../market/quotes/ask_quotes.ts";
import { eventId } from "../../protocols/nostr/event_id.ts";
import type { NostrEvent, UnsignedEvent } from "../../protocols/nostr/event.ts";
import { contentHash, type Quote, quoteEvent, readQuote } from "../../protocols/nostr/job_quote.ts";
import { readPaidRequest } from "../../protocols/nostr/job_payment.ts";
import type { Candidate, Change } from "../../store/store.ts";
import { BUYER, NOW_S, PROVIDER, signed, STRANGER } from "../market/market.ts";
import { job } from "../store/store_rows.ts";
import { fulfilled, refused, rig } from "./prepare_sink_rig.ts";
import { outgoingItem, type Surroundings, surroundings } from "./surroundings.ts";

const NOW_MS = NOW_S * 1_000;
const WRITE_UNITS = 100n;
type Mode = Quote["mode"];

/** A job of `STRANGER`, which was paid 5,000 units and failed. `PROVIDER` is asked next. */
async function passedOn(
  at: Surroundings,
  mode: Mode,
  budgetUnits: bigint | null,
  { paid = true, more = [] as readonly Candidate[] } = {},
) {
  const request: UnsignedEvent = {
    kind: 5600,
    created_at: NOW_S,
    tags: [["i", "x", "text"], ...mode === "upfront" ? [] : [["mode", mode]], ["p", STRANGER]],
    content: "",
    pubkey: BUYER,
  };
  const row = job({
    eventId: eventId(request),
    buyer: BUYER,
    provider: STRANGER,
    status: paid ? "processing" : "posted",
    jobPaid: paid,
    amountUnits: 5_000n,
    writeUnits: WRITE_UNITS,
    request: new TextEncoder().encode(JSON.stringify(request)),
    createdAtMs: NOW_MS,
    updatedAtMs: NOW_MS,
  });
  const next: Candidate = { provider: PROVIDER, payTo: "g.p", priceUnits: 4_000n };
  const changes: Change[] = [
    { op: "putJob", row },
    {
      op: "planFailover",
      jobId: row.jobId,
      budgetUnits,
      writeUnits: WRITE_UNITS,
      refusalCosts: false,
      destination: "test.relay",
      terminalPubkey: "a".repeat(64),
      candidates: [mode === "upfront" ? next : { ...next, mostUnits: 16_000n }, ...more],
    },
    {
      op: "passJobOn",
      jobId: row.jobId,
      eventId: row.eventId,
      code: paid ? "busy" : "T03",
      message: "no",
      atMs: NOW_MS + 1_000,
      otherwise: { status: "refused" },
    },
  ];
  for (const change of changes) await at.store.commit([change]);
  return row;
}

/** Delivers what the outbox has for the job's present request, at a provider that gives this quote. */
async function delivered(
  at: Surroundings,
  jobId: string,
  quoted: (request: NostrEvent) => Quote | null,
  pay: Parameters<typeof rig>[1] = {},
) {
  const questions: QuoteQuestion[] = [];
  const data: Uint8Array[] = [];
  const made = await rig(at, {
    ...pay,
    pay: (request, signal) => {
      data.push(request.data);
      return pay.pay?.(request, signal) ?? Promise.resolve(fulfilled(request.amount));
    },
    services: {
      quotes: {
        ask(asked) {
          questions.push(...asked);
          return Promise.resolve(asked.map(({ provider, request }): QuoteAnswer => {
            const about = signed(request, BUYER);
            const quote = quoted(about);
            const event = quote === null ? null : signed(quoteEvent(quote, NOW_S), PROVIDER);
            return {
              provider,
              id: event?.id ?? null,
              quote,
              bytes: event === null ? null : new TextEncoder().encode(JSON.stringify(event)),
              reason: event === null ? "the answer contains no quote" : null,
              tookMs: 1,
            };
          }));
        },
      },
    },
  });
  const rows = await at.store.pendingOutbox(0, 9, 0);
  const items = rows.map((row, at) => {
    const event = signed(JSON.parse(new TextDecoder().decode(row.event)), BUYER);
    return outgoingItem(at + 1, {
      id: event.id,
      kind: event.kind,
      job_id: jobId,
      outbox_id: row.outboxId,
      purpose: row.purpose,
      destination: row.destination,
      terminal: row.terminalPubkey,
      ...row.purpose === "write" ? { write_price_units: "100" } : {},
      ...row.amountUnits === null ? {} : { amount_units: String(row.amountUnits) },
    }, JSON.stringify(event));
  });
  const before = at.settled.length;
  await made.writer.write(items);
  await at.untilSettled(before + items.length);
  const row = (await at.store.getJob(jobId, "buyer"))!;
  const paid = made.paid.map(({ obligation, amount }) => `${obligation.split(":")[0]} ${amount}`);
  return { row, paid, questions, data };
}

const quoteOf = (mode: Mode, parts: Partial<Quote>) => (request: NostrEvent): Quote => ({
  requestId: request.id,
  buyer: BUYER,
  provider: PROVIDER,
  content: contentHash(request),
  priceUnits: 4_000n,
  depositUnits: mode === "upfront" ? parts.priceUnits ?? 4_000n : 1_000n,
  ...mode === "metered" && { increment: { unit: "second", size: 15 } as const },
  asset: { code: "M2M", scale: 6 },
  chain: { chainId: 31_337, tokenNetworkAddress: `0x${"ab".repeat(20)}` },
  mode,
  ilpAddress: "g.p",
  condition: sha256(new Uint8Array(32)).toHex(),
  validUntilS: NOW_S + 120,
  deadlineS: NOW_S + 300,
  ...parts,
});

Deno.test("a job that is passed on is paid by the quote of the next provider, in its own mode and within what is left of the bid", async () => {
  for (
    const { mode, quote, paid, amountUnits, most } of [
      { mode: "upfront", quote: {}, paid: "job 4000", amountUnits: 4_000n, most: null },
      // Dearer than announced, and within the bid of 20,000: of that, 5,000 and two writes are spent.
      {
        mode: "upfront",
        quote: { priceUnits: 14_800n },
        paid: "job 14800",
        amountUnits: 14_800n,
        most: null,
      },
      { mode: "on-delivery", quote: {}, paid: "job 1000", amountUnits: 1_000n, most: null },
      { mode: "metered", quote: {}, paid: "job 1000", amountUnits: 1_000n, most: 4 },
      // The rest of the bid covers 14 increments of 20.
      {
        mode: "metered",
        quote: { priceUnits: 20_000n },
        paid: "job 1000",
        amountUnits: 1_000n,
        most: 14,
      },
    ] as const
  ) {
    await using at = await surroundings(NOW_MS + 2_000);
    const { jobId } = await passedOn(at, mode, 20_000n);
    const done = await delivered(at, jobId, quoteOf(mode, quote));
    assert.deepEqual(done.paid, ["write 100", paid], mode);
    assert.deepEqual([done.row.provider, done.row.status], [PROVIDER, "paid"]);
    assert.equal(done.row.amountUnits, amountUnits);
    const told = readPaidRequest(done.data.at(-1)!).quote!;
    assert.equal(readQuote(told).requestId, done.row.eventId, "the payment contains the quote");
    const meter = await at.store.meterOf(done.row.eventId, "buyer");
    assert.deepEqual([meter?.most ?? null, meter?.party ?? PROVIDER], [most, PROVIDER]);
    const [order] = await at.store.pendingOutbox(0, 9, 0);
    assert.equal(order?.amountUnits ?? null, most === null ? null : 1_000n, "the next increment");
  }
});

Deno.test("a provider to which a job is passed on gets nothing without a quote in the job's mode that fits what is left", async () => {
  for (
    const [mode, quote] of [
      ["on-delivery", null],
      ["metered", null],
      ["on-delivery", quoteOf("upfront", {})],
      ["metered", quoteOf("on-delivery", {})],
      ["on-delivery", quoteOf("on-delivery", { priceUnits: 14_801n })],
      ["metered", quoteOf("metered", { priceUnits: 29_602n, depositUnits: 14_801n })],
      // Nearly the whole price before the run, and one increment for more than a quarter of what is left.
      ["on-delivery", quoteOf("on-delivery", { depositUnits: 3_999n })],
      ["metered", quoteOf("metered", { priceUnits: 7_402n, depositUnits: 3_701n })],
      ["on-delivery", (request: NostrEvent) => ({
        ...quoteOf("on-delivery", {})(request),
        requestId: "e".repeat(64) as NostrEvent["id"],
      })],
    ] as const
  ) {
    await using at = await surroundings(NOW_MS + 2_000);
    const { jobId } = await passedOn(at, mode, 20_000n);
    const done = await delivered(at, jobId, quote ?? (() => null));
    assert.deepEqual(done.paid, ["write 100"], mode);
    assert.deepEqual([done.row.status, done.row.errorCode], ["refused", "unquoted"]);
    const failed = await at.store.failedAttempts(9);
    assert.deepEqual(failed.map(({ provider }) => provider), [STRANGER], "no quote is no failure");
  }
});

Deno.test("a job goes on to a third provider if the second one gives no quote", async () => {
  await using at = await surroundings(NOW_MS + 2_000);
  const third = { provider: BUYER.replace(/^./, "0"), payTo: "g.third", priceUnits: 1_000n };
  const { jobId } = await passedOn(at, "metered", 20_000n, { more: [third] });
  const { row } = await delivered(at, jobId, () => null);
  assert.deepEqual([row.status, row.provider], ["created", third.provider]);
  const tried = await at.store.attemptsOf(jobId);
  assert.deepEqual(tried.map(({ code, paidUnits }) => [code, paidUnits]), [
    ["busy", 5_000n],
    ["unquoted", 0n],
  ]);
});

Deno.test("without a bid, the next provider costs at most what it could have cost as the first one, and nothing if one was paid", async () => {
  for (
    const [mode, priceUnits, paid] of [
      ["on-delivery", 16_000n, ["write 100", "job 1000"]],
      ["on-delivery", 16_001n, ["write 100"]],
      ["upfront", 4_000n, ["write 100", "job 4000"]],
      // A quote above the announced price does not count, and the announced price is paid.
      ["upfront", 4_001n, ["write 100", "job 4000"]],
    ] as const
  ) {
    await using at = await surroundings(NOW_MS + 2_000);
    const { jobId } = await passedOn(at, mode, null, { paid: false });
    const done = await delivered(at, jobId, quoteOf(mode, { priceUnits }));
    assert.deepEqual(done.paid, paid, `${mode} ${priceUnits}`);
  }
  await using at = await surroundings(NOW_MS + 2_000);
  const { jobId } = await passedOn(at, "on-delivery", null);
  assert.equal((await at.store.getJob(jobId, "buyer"))?.status, "refused");
});

Deno.test("a payment that comes again is made by the quote that was stored, and nobody is asked twice", async () => {
  await using at = await surroundings(NOW_MS + 2_000);
  const { jobId } = await passedOn(at, "on-delivery", 20_000n);
  const away: Parameters<typeof rig>[1] = {
    pay: ({ obligation, amount }) =>
      Promise.resolve(obligation.startsWith("job:") ? refused("T01") : fulfilled(amount)),
  };
  const first = await delivered(at, jobId, quoteOf("on-delivery", {}), away);
  assert.equal(first.questions.length, 1);
  const again = await delivered(at, jobId, () => null);
  assert.deepEqual(again.questions, []);
  assert.deepEqual(again.paid.at(-1), "job 1000");
});

Deno.test("a job that is cancelled while its next provider is asked is not paid", async () => {
  for (const mode of ["upfront", "metered"] as const) {
    await using at = await surroundings(NOW_MS + 2_000);
    const { jobId } = await passedOn(at, mode, 20_000n);
    const cancel = { op: "cancelJob", jobId, message: "no more", atMs: NOW_MS + 2_000 } as const;
    let ended: Promise<void> | undefined;
    const done = await delivered(at, jobId, (request) => {
      ended ??= at.store.commit([cancel]);
      return quoteOf(mode, {})(request);
    });
    await ended;
    assert.deepEqual(done.paid, ["write 100"], mode);
    assert.equal(done.row.status, "cancelled");
  }
});
