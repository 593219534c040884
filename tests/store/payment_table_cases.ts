/** Rows of the tables of payments and channels. */
import { BUDGETS } from "../../store/budget_table.ts";
import { PROVIDER_HISTORY, PROVIDER_PAYMENTS } from "../../store/provider_payment_table.ts";
import { CHANNELS, TRANSACTIONS } from "../../store/chain_tables.ts";
import { INVOICES } from "../../store/invoice_table.ts";
import { METERS } from "../../store/meter_table.ts";
import { SEALED } from "../../store/sealed_table.ts";
import { QUOTED_PRICES, QUOTES } from "../../store/quote_table.ts";
import { LATE_PACKETS } from "../../store/late_packet_table.ts";
import { SUMS } from "../../store/named_tables.ts";
import {
  INCOMING,
  OUTGOING,
  PAYER_CHANNELS,
  RECEIVER_CHANNELS,
} from "../../store/packet_tables.ts";
import { REFUSED_PAYMENTS } from "../../store/refused_payment_table.ts";
import { chainChannel, incoming, outgoing, payer, receiver, transaction } from "./store_rows.ts";
import type { TableCase } from "./table_case.ts";

const BYTES = new Uint8Array([1, 2, 255]);
const LINK = { channelId: "0xother", nonce: 7 };

// deno-lint-ignore no-explicit-any
export const PAYMENT_CASES: readonly TableCase<any>[] = [
  { table: PAYER_CHANNELS, rows: [payer({ signed: 2n ** 70n, nonce: 3 })] },
  { table: RECEIVER_CHANNELS, rows: [receiver(), receiver({ bestClaim: BYTES })] },
  {
    table: OUTGOING,
    rows: [
      outgoing(),
      outgoing({
        incoming: LINK,
        answer: BYTES,
        about: { jobId: "j", provider: "p", kind: 5601, bytes: 9 },
      }),
    ],
  },
  {
    table: INCOMING,
    rows: [incoming(), incoming({ obligation: null, next: LINK, answer: BYTES })],
  },
  {
    table: CHANNELS,
    rows: [chainChannel(), chainChannel({ automatic: false, note: "n", settleAtMs: 9 })],
  },
  { table: SUMS, rows: [{ name: "n", value: 2n ** 90n }] },
  { table: BUDGETS, rows: [{ subject: "job:j", units: 5n, atMs: 2 }] },
  {
    table: PROVIDER_PAYMENTS,
    rows: [{
      jobId: "j",
      provider: "p",
      paidUnits: 5n,
      upfrontUnits: 4n,
      strangerUnits: 3n,
      outcome: "open",
    }],
  },
  { table: PROVIDER_HISTORY, rows: [{ provider: "p", deliveredUnits: 5n, riskUnits: 2n ** 90n }] },
  { table: LATE_PACKETS, rows: [{ obligation: "write:e", jobId: "j", role: "buyer" }] },
  {
    table: QUOTES,
    rows: [{ eventId: "e", quote: new Uint8Array([1]), condition: "c", atMs: 3 }],
  },
  {
    table: QUOTED_PRICES,
    rows: [{
      eventId: "e",
      provider: "p",
      announcedUnits: 5n,
      announcedAtS: 2,
      promisedUnits: 4n,
      quotedUnits: 6n,
      atMs: 3,
    }],
  },
  { table: REFUSED_PAYMENTS, rows: [{ provider: "a", atMs: 5 }] },
  {
    table: INVOICES,
    rows: (["due", "refused", "sent", "paid", "failed", "unknown"] as const).map((state, at) => ({
      eventId: "e",
      role: at === 0 ? "provider" as const : "buyer" as const,
      jobId: "job-1",
      invoice: "lnbc1",
      paymentHash: "h",
      amountMsats: 2n ** 70n,
      feesMsats: at === 3 ? 7n : null,
      state,
      code: at === 1 ? "day_limit" : null,
      preimage: at === 3 ? "p" : null,
      expiresAtS: 5,
      atMs: 3,
      sentAtMs: at === 2 ? 4 : null,
    })),
  },
  {
    table: METERS,
    rows: [
      {
        eventId: "e",
        role: "buyer",
        party: "p",
        incrementUnits: 2n ** 70n,
        seconds: 15,
        kib: 0,
        most: 7,
        paid: 2,
        paidAtMs: 5,
        sinceMs: 4,
        usedMs: 0,
        usedBytes: 0,
        fromByte: 0,
        turns: 3,
        pausedAtMs: 6,
        state: "open",
        atMs: 3,
      },
      {
        eventId: "e",
        role: "provider",
        party: "p",
        incrementUnits: 1n,
        seconds: 1,
        kib: 0,
        most: 1,
        paid: 1,
        paidAtMs: 5,
        sinceMs: null,
        usedMs: 900,
        usedBytes: 0,
        fromByte: 0,
        turns: 0,
        pausedAtMs: null,
        state: "over",
        atMs: 3,
      },
    ],
  },
  {
    table: SEALED,
    rows: [
      {
        eventId: "e",
        role: "buyer",
        party: "p",
        condition: "c",
        restUnits: 2n ** 70n,
        result: new Uint8Array([1, 2]),
        state: "opened",
        key: "k",
        atMs: 3,
        dueAtMs: 4,
      },
      {
        eventId: "f",
        role: "provider",
        party: "p",
        condition: "c",
        restUnits: 0n,
        result: new Uint8Array([3]),
        state: "waiting",
        key: null,
        atMs: 3,
        dueAtMs: 4,
      },
    ],
  },
  { table: TRANSACTIONS, rows: [transaction(), transaction({ feeWei: 2n ** 90n, reason: "r" })] },
];
