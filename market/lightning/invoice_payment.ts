/**
 * The payment of one invoice by a buyer: what follows from the wallet's answers. A payment is durable as `sent` before its request leaves.
 * From then on the wallet is asked what became of it, and it is told to pay again only if it knows nothing of the payment and can no
 * longer act on the last request. The payment hash is its identity: a Lightning node pays an invoice once.
 *
 * @see docs/money.md#lightning
 * @module
 */
import { sha256 } from "@noble/hashes/sha2.js";
import { hexToBytes, isHex } from "../../protocols/nostr/hex.ts";
import type { WalletAnswer } from "../../protocols/nostr/wallet_connect.ts";
import type { InvoiceRow } from "../../store/invoice_row.ts";
import { REQUEST_S } from "./wallet_client.ts";

/** What to do next with an invoice that was sent. */
export type PaymentStep =
  | { readonly do: "paid"; readonly preimage: string; readonly feesMsats: bigint }
  | { readonly do: "failed"; readonly code: string; readonly message: string }
  /** Tell the wallet again to pay it. */
  | { readonly do: "pay" }
  /** Ask again later. `code` is the doubt. */
  | { readonly do: "ask"; readonly code: string };

/** Errors with which a wallet refuses a request before it pays anything. */
const NOT_TRIED: readonly string[] = [
  "INSUFFICIENT_BALANCE",
  "NOT_IMPLEMENTED",
  "QUOTA_EXCEEDED",
  "RATE_LIMITED",
  "RESTRICTED",
  "UNAUTHORIZED",
  "UNSUPPORTED_ENCRYPTION",
];
/** The wallet's clock and ours may differ. */
const CLOCK_SLACK_S = 15;

/** After the answer to `pay_invoice`. `first`: no earlier request could have paid it. */
export function afterPay(row: InvoiceRow, answer: WalletAnswer, first: boolean): PaymentStep {
  if ("result" in answer) return proven(row, answer.result);
  const { code, message } = answer.error;
  return first && NOT_TRIED.includes(code)
    ? { do: "failed", code: code.toLowerCase(), message: `the wallet says ${code}: ${message}` }
    : { do: "ask", code: code.toLowerCase() };
}

/** After the answer to `lookup_invoice`. */
export function afterLookup(row: InvoiceRow, answer: WalletAnswer, nowMs: number): PaymentStep {
  const expired = nowMs / 1_000 > row.expiresAtS;
  if ("error" in answer) {
    if (answer.error.code !== "NOT_FOUND") {
      return { do: "ask", code: answer.error.code.toLowerCase() };
    }
    const mayCome = nowMs < (row.sentAtMs ?? nowMs) + (REQUEST_S + CLOCK_SLACK_S) * 1_000;
    if (mayCome) return { do: "ask", code: "not_found" };
    return expired ? never("the wallet knows of no payment, and it has expired") : { do: "pay" };
  }
  const { state, payment_hash: hash } = answer.result;
  // Only the preimage proves a payment. A word that nothing was paid must name the payment.
  if (hash === undefined ? state !== "settled" && state !== undefined : hash !== row.paymentHash) {
    return { do: "ask", code: "other_invoice" };
  }
  if (state === "failed") {
    return { do: "failed", code: "payment_failed", message: "the wallet says that it failed" };
  }
  if (state === "expired" && expired) return never("the wallet says that it expired unpaid");
  if (state === undefined ? isGiven(answer.result.preimage) : state === "settled") {
    return proven(row, answer.result);
  }
  return { do: "ask", code: "pending" };
}

function never(message: string): PaymentStep {
  return { do: "failed", code: "invoice_expired", message };
}

/** A payment counts as made only with the preimage, which is its receipt. */
function proven(
  row: InvoiceRow,
  { preimage, fees_paid: fees }: Readonly<Record<string, unknown>>,
): PaymentStep {
  if (!isGiven(preimage) || !opens(row.paymentHash, preimage)) {
    return { do: "ask", code: "wrong_preimage" };
  }
  const paid = typeof fees === "number" && Number.isSafeInteger(fees) && fees > 0 ? fees : 0;
  return { do: "paid", preimage, feesMsats: BigInt(paid) };
}

/** Whether this is the preimage of a payment hash. */
export function opens(paymentHash: string, preimage: string): boolean {
  return isHex(preimage, 64) && sha256(hexToBytes(preimage)).toHex() === paymentHash;
}

function isGiven(preimage: unknown): preimage is string {
  return typeof preimage === "string" && preimage !== "";
}
