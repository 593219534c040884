/** Cases of the store's contract: Lightning invoices. */
import assert from "node:assert/strict";
import type { InvoiceRow } from "../../store/invoice_row.ts";
import { type Case, code } from "./store_case.ts";

const DAY_MS = 86_400_000;

const row = (letter: string, more: Partial<InvoiceRow> = {}): InvoiceRow => ({
  eventId: letter.repeat(64),
  role: "buyer",
  jobId: `job-${letter.repeat(7)}`,
  invoice: `lnbcrt1${letter}`,
  paymentHash: letter.repeat(64),
  amountMsats: 21_000n,
  feesMsats: null,
  state: "due",
  code: null,
  preimage: null,
  expiresAtS: 100,
  atMs: 10,
  sentAtMs: null,
  ...more,
});

const OF_LIGHTNING = { types: ["lightning"], order: "oldest" } as const;

const put = (each: InvoiceRow) => ({ op: "putInvoice", row: each }) as const;
const move = (
  letter: string,
  from: InvoiceRow["state"],
  patch: Partial<Pick<InvoiceRow, "state" | "code" | "sentAtMs" | "feesMsats" | "preimage">>,
) => ({ op: "moveInvoice", eventId: letter.repeat(64), role: "buyer", from, patch }) as const;

export const INVOICES: readonly Case[] = [
  {
    name:
      "journals what was sent, paid, failed, given up and received, and nothing of what moved no money",
    async run(store) {
      for (const letter of ["a", "b", "c", "d"]) await store.commit([put(row(letter))]);
      for (const letter of ["e", "f"]) await store.commit([put(row(letter, { role: "provider" }))]);
      const sold = (letter: string, state: "paid" | "failed") => ({
        ...move(letter, "due", { state, code: state === "failed" ? "invoice_expired" : null }),
        role: "provider" as const,
      });
      for (const letter of ["a", "b", "c"]) {
        await store.commit([move(letter, "due", { state: "sent", sentAtMs: 100 })]);
      }
      await store.commit([
        // Told to pay again, and another doubt: neither is an entry.
        move("a", "sent", { sentAtMs: 200 }),
        move("a", "sent", { code: "not_found" }),
        move("a", "sent", { state: "paid", code: null, feesMsats: 7n, preimage: "0".repeat(64) }),
        move("b", "sent", { state: "failed", code: "payment_failed" }),
        move("c", "sent", { state: "unknown", code: "no_answer" }),
        move("d", "due", { state: "refused", code: "wrong_amount" }),
        sold("e", "paid"),
        sold("f", "failed"),
      ]);
      const entries = await store.listJournal(OF_LIGHTNING);
      const told = entries.map(({ eventId, outcome, amountUnits, jobId, data }) => [
        `${eventId![0]} ${outcome} ${amountUnits} ${jobId}`,
        `${data.role} ${data.payment_hash === eventId} ${data.fees_msats} ${data.code}`,
      ]);
      assert.deepEqual(told, [
        ["a sent 21000 job-aaaaaaa", "buyer true null null"],
        ["b sent 21000 job-bbbbbbb", "buyer true null null"],
        ["c sent 21000 job-ccccccc", "buyer true null null"],
        ["a paid 21000 job-aaaaaaa", "buyer true 7 null"],
        ["b failed 21000 job-bbbbbbb", "buyer true null payment_failed"],
        ["c unknown 21000 job-ccccccc", "buyer true null no_answer"],
        ["e received 21000 job-eeeeeee", "provider true null null"],
      ]);
      assert.ok(!JSON.stringify(entries.map(({ data }) => data)).includes("0".repeat(64)));
      const { paidUnits, earnedUnits, lightning } = await store.journalStats({});
      assert.deepEqual([paidUnits, earnedUnits], [0n, 0n]);
      assert.deepEqual(lightning, {
        payments: 1,
        paidMsats: 21_000n,
        feesMsats: 7n,
        earnings: 1,
        earnedMsats: 21_000n,
      });
    },
  },
  {
    name: "putInvoice keeps the first invoice of a request, and one request of an invoice",
    async run(store) {
      assert.equal(await store.invoiceOf("a".repeat(64), "buyer"), null);
      await store.commit([put(row("a"))]);
      await store.commit([put(row("a", { paymentHash: "f".repeat(64), amountMsats: 1n }))]);
      await store.commit([put(row("b", { paymentHash: "a".repeat(64) }))]);
      assert.deepEqual(await store.invoiceOf("a".repeat(64), "buyer"), row("a"));
      assert.equal(await store.invoiceOf("b".repeat(64), "buyer"), null);
      assert.equal(await store.invoiceOf("a".repeat(64), "provider"), null);
    },
  },
  {
    name: "putInvoice replaces an invoice that was refused, and none that was sent",
    async run(store) {
      const other = row("a", { paymentHash: "f".repeat(64), atMs: 11 });
      await store.commit([put(row("a")), move("a", "due", { state: "refused", code: "amount" })]);
      await store.commit([put(row("a"))]);
      assert.equal((await store.invoiceOf("a".repeat(64), "buyer"))?.state, "refused");
      await store.commit([put(other)]);
      assert.deepEqual(await store.invoiceOf("a".repeat(64), "buyer"), other);
      await store.commit([move("a", "due", { state: "sent", sentAtMs: 12 })]);
      await store.commit([move("a", "sent", { state: "failed", code: "no_route" })]);
      await store.commit([put(row("a"))]);
      assert.equal((await store.invoiceOf("a".repeat(64), "buyer"))?.state, "failed");
    },
  },
  {
    name: "moveInvoice is refused in another state, so that one invoice is sent once",
    async run(store) {
      await store.commit([put(row("a"))]);
      const send = move("a", "due", { state: "sent", sentAtMs: 12 });
      await store.commit([send]);
      await assert.rejects(store.commit([send]), code("conflict"));
      await assert.rejects(
        store.commit([move("b", "due", { state: "sent" })]),
        code("conflict"),
      );
    },
  },
  {
    name: "invoicesSent sums what was paid and what may have been, with fees, since a time",
    async run(store) {
      for (const letter of ["a", "b", "c", "d", "e"]) await store.commit([put(row(letter))]);
      await store.commit([
        move("a", "due", { state: "sent", sentAtMs: 100 }),
        move("b", "due", { state: "sent", sentAtMs: 200 }),
        move("c", "due", { state: "sent", sentAtMs: 200 }),
        move("d", "due", { state: "refused", code: "amount" }),
      ]);
      await store.commit([
        move("b", "sent", { state: "paid", feesMsats: 7n, preimage: "0".repeat(64) }),
        move("c", "sent", { state: "failed", code: "no_route" }),
      ]);
      assert.equal(await store.invoicesSent(101), 21_007n);
      assert.equal(await store.invoicesSent(100), 42_007n);
    },
  },
  {
    name: "openInvoices waits for an invoice that is due, and leaves out those that are known",
    async run(store) {
      assert.deepEqual(await store.openInvoices("buyer", [], 0), []);
      const waiting = store.openInvoices("buyer", [], 60_000);
      await store.commit([put(row("a"))]);
      assert.deepEqual(await waiting, [row("a")]);
      assert.deepEqual(await store.openInvoices("buyer", ["a".repeat(64)], 0), []);
      const next = store.openInvoices("provider", [], 60_000);
      await store.commit([put(row("c"))]);
      await store.commit([put(row("b", { role: "provider" }))]);
      assert.deepEqual((await next).map(({ jobId }) => jobId), ["job-bbbbbbb"]);
    },
  },
  {
    name: "an invoice is kept for a quarter of a year, longer while its payment is open",
    async run(store) {
      for (const letter of ["a", "b"]) await store.commit([put(row(letter))]);
      await store.commit([move("a", "due", { state: "sent", sentAtMs: 11 })]);
      await store.commit([move("b", "due", { state: "refused", code: "expired" })]);
      await store.commit([put(row("c", { atMs: 91 * DAY_MS }))]);
      assert.notEqual(await store.invoiceOf("a".repeat(64), "buyer"), null);
      assert.equal(await store.invoiceOf("b".repeat(64), "buyer"), null);
    },
  },
];
