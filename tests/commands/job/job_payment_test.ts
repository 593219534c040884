/** How a job's payment is printed, in each of the ways in which a job is paid. */
import assert from "node:assert/strict";
import { sha256 } from "@noble/hashes/sha2.js";
import { paymentOf } from "../../../commands/job/job_payment.ts";
import { innerPackets } from "../../../protocols/ilp/inner_packets.ts";
import { contentHash, type Quote, quoteEvent } from "../../../protocols/nostr/job_quote.ts";
import { deliveryObligation } from "../../../protocols/nostr/sealed_result.ts";
import type { InvoiceRow } from "../../../store/invoice_row.ts";
import type { MeterRow } from "../../../store/meter_row.ts";
import type { SealedRow } from "../../../store/sealed_row.ts";
import type { OutgoingPacketRow } from "../../../store/store.ts";
import { BUYER, buyerRow, NOW_S, PROVIDER, request, signed } from "../../market/market.ts";
import { outgoing } from "../../store/store_rows.ts";

const KEY = new Uint8Array(32).fill(7);
const CONDITION = sha256(KEY);
const asked = request();
const JOB = buyerRow(asked, { amountUnits: 50_000n });
const JOB_OBLIGATION = `job:${asked.id}`;

const QUOTE: Quote = {
  requestId: asked.id,
  buyer: BUYER,
  provider: PROVIDER,
  content: contentHash(asked),
  priceUnits: 50_000n,
  asset: { code: "M2M", scale: 6 },
  chain: { chainId: 31_337, tokenNetworkAddress: `0x${"ab".repeat(20)}` },
  depositUnits: 50_000n,
  mode: "upfront",
  ilpAddress: "g.dev.provider",
  condition: CONDITION.toHex(),
  validUntilS: NOW_S + 120,
  deadlineS: NOW_S + 300,
};
const ON_DELIVERY: Quote = { ...QUOTE, mode: "on-delivery", depositUnits: 5_000n };
const METERED: Quote = {
  ...{ ...QUOTE, mode: "metered", priceUnits: 100_000n, depositUnits: 25_000n },
  increment: { unit: "second", size: 15 },
};

const INVOICE: InvoiceRow = {
  ...{ eventId: asked.id, role: "buyer", jobId: JOB.jobId, invoice: "lnbc1", state: "paid" },
  ...{ paymentHash: "1".repeat(64), amountMsats: 12_000n, feesMsats: 3n, code: null },
  ...{ preimage: "2".repeat(64), expiresAtS: NOW_S, atMs: 1, sentAtMs: 2 },
};
const SEALED: SealedRow = {
  ...{ eventId: asked.id, role: "buyer", party: PROVIDER, condition: CONDITION.toHex() },
  ...{ restUnits: 44_000n, state: "waiting", key: null, atMs: 1, dueAtMs: 2 },
  result: new TextEncoder().encode(JSON.stringify(asked)),
};
const METER: MeterRow = {
  ...{ eventId: asked.id, role: "buyer", party: PROVIDER, incrementUnits: 25_000n, seconds: 15 },
  ...{ kib: 0, most: 4, paid: 2, paidAtMs: 1, usedMs: 0, usedBytes: 0, fromByte: 0, turns: 0 },
  ...{ pausedAtMs: null, sinceMs: null, state: "open", atMs: 1 },
};

const fulfilled = (obligation: string): OutgoingPacketRow =>
  outgoing({
    ...{ obligation, state: "fulfilled", condition: CONDITION },
    answer: innerPackets.encodeFulfill({ fulfilment: KEY, data: new Uint8Array() }),
  });
const open = (obligation: string) => outgoing({ obligation, condition: CONDITION });

/** A home's store that has these rows of the job. */
function storeOf(has: {
  readonly quote?: Quote;
  readonly invoice?: InvoiceRow;
  readonly sealed?: SealedRow;
  readonly meter?: MeterRow;
  readonly packets?: readonly OutgoingPacketRow[];
  readonly logBytes?: number;
}) {
  const event = has.quote && signed(quoteEvent(has.quote, NOW_S), PROVIDER);
  const quote = event &&
    { eventId: asked.id, quote: new TextEncoder().encode(JSON.stringify(event)), atMs: 1 };
  return {
    quoteId: event?.id ?? null,
    quoteOf: () => Promise.resolve(quote ? { ...quote, condition: CONDITION.toHex() } : null),
    invoiceOf: () => Promise.resolve(has.invoice ?? null),
    sealedOf: () => Promise.resolve(has.sealed ?? null),
    meterOf: () => Promise.resolve(has.meter ?? null),
    outgoingByObligation: (obligation: string) =>
      Promise.resolve((has.packets ?? []).filter((packet) => packet.obligation === obligation)),
    jobLog: () => Promise.resolve({ endBytes: has.logBytes ?? 0 } as never),
  };
}

Deno.test("paymentOf() of a job without a payment: free, over Lightning, or with a quote that was offered", async () => {
  const unpaid = { ...JOB, amountUnits: 0n };
  const none = { quote_id: null, condition: null, fulfillment: null };
  assert.deepEqual(await paymentOf(storeOf({}), unpaid), { mode: "free", ...none });
  assert.deepEqual(await paymentOf(storeOf({ invoice: INVOICE }), unpaid), {
    ...{ mode: "lightning", ...none },
    lightning: {
      ...{ state: "paid", msats: 12_000n, fees_msats: 3n, payment_hash: "1".repeat(64) },
      ...{ preimage: "2".repeat(64), code: null, invoice: "lnbc1" },
    },
  });
  const store = storeOf({ quote: QUOTE });
  const { offered, ...payment } = await paymentOf(store, unpaid);
  assert.deepEqual(payment, {
    mode: "upfront",
    quote_id: store.quoteId,
    condition: CONDITION.toHex(),
    fulfillment: null,
  });
  const { quote, ...terms } = offered!;
  assert.equal(quote.id, store.quoteId);
  assert.deepEqual(terms, {
    price_units: 50_000n,
    ilp_address: "g.dev.provider",
    valid_until: new Date((NOW_S + 120) * 1_000).toISOString(),
    deadline: new Date((NOW_S + 300) * 1_000).toISOString(),
  });
});

Deno.test("paymentOf() of a job that is paid upfront gives the receipt of the packet that was fulfilled, of several tries", async () => {
  const announced = await paymentOf(storeOf({}), JOB);
  assert.deepEqual(announced, {
    ...{ mode: "upfront", quote_id: null, condition: null, fulfillment: null },
  });
  const waiting = await paymentOf(storeOf({ quote: QUOTE, packets: [open(JOB_OBLIGATION)] }), JOB);
  assert.deepEqual([waiting.condition, waiting.fulfillment], [CONDITION.toHex(), null]);
  const refused = outgoing({ obligation: JOB_OBLIGATION, state: "refused" });
  const packets = [refused, fulfilled(JOB_OBLIGATION), open(JOB_OBLIGATION)];
  const paid = await paymentOf(storeOf({ quote: QUOTE, packets }), JOB);
  assert.deepEqual([paid.condition, paid.fulfillment], [CONDITION.toHex(), KEY.toHex()]);
});

Deno.test("paymentOf() of a job on delivery: the most that the key may cost, its price, and the key, also when its packet is gone", async () => {
  const before = storeOf({ quote: ON_DELIVERY });
  const { delivery: asked_, ...first } = await paymentOf(before, JOB);
  assert.deepEqual([first.mode, first.fulfillment], ["on-delivery", null]);
  assert.deepEqual(
    [asked_!.state, asked_!.deposit_units, asked_!.rest_units, asked_!.sealed_result],
    ["waiting", 5_000n, 45_000n, null],
  );
  const sale = { ...SEALED, state: "opened", key: KEY.toHex() } as const;
  const packets = [fulfilled(JOB_OBLIGATION), fulfilled(deliveryObligation(asked.id))];
  for (const kept of [packets, []]) {
    const store = storeOf({ quote: ON_DELIVERY, sealed: sale, packets: kept });
    const { delivery, fulfillment } = await paymentOf(store, JOB);
    assert.equal(fulfillment, KEY.toHex());
    assert.deepEqual([delivery!.state, delivery!.rest_units], ["opened", 44_000n]);
    assert.equal(delivery!.sealed_result!.id, asked.id);
    assert.equal(delivery!.quote.id, store.quoteId);
  }
});

Deno.test("paymentOf() of a metered job: its increments of time or of output, what hops keep, and whether it is paused", async () => {
  const timed = await paymentOf(storeOf({ quote: METERED, meter: METER }), JOB);
  const { mode, increments, most_increments, increment_units, max_loss_units, paused } = timed;
  assert.deepEqual([mode, increments, most_increments, paused], ["metered", 2, 4, false]);
  assert.deepEqual([increment_units, max_loss_units], [25_000n, 25_000n]);
  assert.deepEqual(
    [timed.increment_s, timed.increment_kib, timed.received_bytes],
    [15, undefined, undefined],
  );
  const meter = { ...METER, seconds: 0, kib: 8, turns: 3 };
  const packets = [outgoing({ obligation: JOB_OBLIGATION, amount: 25_250n })];
  const store = storeOf({ quote: METERED, meter, packets, logBytes: 9_000 });
  const sized = await paymentOf(store, JOB);
  assert.deepEqual(
    [sized.increment_s, sized.increment_kib, sized.received_bytes, sized.paused],
    [undefined, 8, 9_000, true],
  );
  assert.deepEqual([sized.increment_units, sized.max_loss_units], [25_250n, 25_250n]);
});
