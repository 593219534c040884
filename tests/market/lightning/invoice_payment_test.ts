/** What follows from each answer of a wallet. */
import assert from "node:assert/strict";
import { sha256 } from "@noble/hashes/sha2.js";
import { afterLookup, afterPay } from "../../../market/lightning/invoice_payment.ts";
import type { InvoiceRow } from "../../../store/invoice_row.ts";

const PREIMAGE = "ab".repeat(32);
const HASH = sha256(Uint8Array.fromHex(PREIMAGE)).toHex();
const OTHER = "cd".repeat(32);
const SENT_MS = 1_770_000_000_000;
const row: InvoiceRow = {
  eventId: "e".repeat(64),
  role: "buyer",
  jobId: "job-eeeeeee",
  invoice: "lnbcrt1",
  paymentHash: HASH,
  amountMsats: 21_000n,
  feesMsats: null,
  state: "sent",
  code: null,
  preimage: null,
  expiresAtS: SENT_MS / 1_000 + 600,
  atMs: SENT_MS,
  sentAtMs: SENT_MS,
};
const NOW_MS = SENT_MS + 30_000;
const LATE_MS = SENT_MS + 601_000;
const said = (step: { readonly do: string; readonly code?: string }) =>
  step.code === undefined ? step.do : `${step.do} ${step.code}`;

const LOOKUPS: readonly (readonly [Record<string, unknown>, string, number?])[] = [
  [{ state: "settled", payment_hash: HASH, preimage: PREIMAGE }, "paid"],
  [{ state: "settled", preimage: PREIMAGE }, "paid"],
  [{ preimage: PREIMAGE }, "paid"],
  [{ state: "settled", payment_hash: HASH }, "ask wrong_preimage"],
  [{ state: "settled", payment_hash: HASH, preimage: OTHER }, "ask wrong_preimage"],
  [
    { state: "settled", payment_hash: HASH, preimage: PREIMAGE.toUpperCase() },
    "ask wrong_preimage",
  ],
  [{ state: "settled", payment_hash: HASH, preimage: [PREIMAGE] }, "ask wrong_preimage"],
  [{ state: "settled", payment_hash: OTHER, preimage: PREIMAGE }, "ask other_invoice"],
  [{ state: "failed", payment_hash: HASH }, "failed payment_failed"],
  // Of whatever invoice: it is no word about this one.
  [{ state: "failed" }, "ask other_invoice"],
  [{ state: "failed", payment_hash: OTHER }, "ask other_invoice"],
  [{ state: "failed", payment_hash: null }, "ask other_invoice"],
  [{ state: "expired", payment_hash: HASH }, "ask pending"],
  [{ state: "expired", payment_hash: HASH }, "failed invoice_expired", LATE_MS],
  [{ state: "expired" }, "ask other_invoice", LATE_MS],
  [{ state: "pending", payment_hash: HASH, preimage: PREIMAGE }, "ask pending"],
  [{ state: "SETTLED", payment_hash: HASH, preimage: PREIMAGE }, "ask pending"],
  [{ state: ["failed"], payment_hash: HASH }, "ask pending"],
  [{}, "ask pending"],
];

for (const [result, expected, nowMs = NOW_MS] of LOOKUPS) {
  Deno.test(`afterLookup() of ${JSON.stringify(result)} ${nowMs === NOW_MS ? "" : "late "}is ${expected}`, () => {
    assert.equal(said(afterLookup(row, { result }, nowMs)), expected);
  });
}

Deno.test("afterLookup() tells the wallet again only when it knows nothing and cannot act on the last request any more", () => {
  const unknown = { error: { code: "NOT_FOUND", message: "" } };
  assert.equal(said(afterLookup(row, unknown, SENT_MS + 74_999)), "ask not_found");
  assert.equal(said(afterLookup(row, unknown, SENT_MS + 75_000)), "pay");
  assert.equal(said(afterLookup(row, unknown, LATE_MS)), "failed invoice_expired");
  // A clock that was set back makes no second order.
  assert.equal(said(afterLookup(row, unknown, SENT_MS - 86_400_000)), "ask not_found");
  for (const code of ["INTERNAL", "OTHER", "RATE_LIMITED", "UNAUTHORIZED"]) {
    const answer = { error: { code, message: "" } };
    assert.equal(said(afterLookup(row, answer, LATE_MS)), `ask ${code.toLowerCase()}`);
  }
});

Deno.test("afterPay() takes a refusal for the end only of the first request, and fees only as whole numbers", () => {
  const poor = { error: { code: "INSUFFICIENT_BALANCE", message: "" } };
  assert.equal(said(afterPay(row, poor, true)), "failed insufficient_balance");
  assert.equal(said(afterPay(row, poor, false)), "ask insufficient_balance");
  const unsure = { error: { code: "PAYMENT_FAILED", message: "" } };
  assert.equal(said(afterPay(row, unsure, true)), "ask payment_failed");
  const cases: readonly (readonly [unknown, bigint])[] = [
    ...[[7, 7n], [0, 0n], [-7, 0n], [0.5, 0n], [1e300, 0n], ["7", 0n], [null, 0n]] as const,
  ];
  for (const [fees_paid, feesMsats] of cases) {
    const step = afterPay(row, { result: { preimage: PREIMAGE, fees_paid } }, true);
    assert.deepEqual(step, { do: "paid", preimage: PREIMAGE, feesMsats });
  }
});
