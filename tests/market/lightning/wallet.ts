/** A Lightning wallet with a ledger of its own, which loses requests and answers, lies, and counts. */
import { sha256 } from "@noble/hashes/sha2.js";
import type { WalletAnswer, WalletMethod } from "../../../protocols/nostr/wallet_connect.ts";
import type { InvoiceRow } from "../../../store/invoice_row.ts";
import type { OpenStore } from "../../../store/store.ts";
import { job } from "../../store/store_rows.ts";
import { invoiceOf } from "../../lightning/invoices.ts";

/** What becomes of one request. */
export type Fate =
  /** Done and answered. */
  | "answered"
  /** It never arrives. */
  | "lost"
  /** Done; the answer is lost. */
  | "unanswered"
  /** Paid, with another preimage in the answer. */
  | "wrong_preimage"
  /** Nothing is paid, and the wallet says so in a way that could mean anything. */
  | "fails";

/** The ledger, by payment hash. */
export class Ledger {
  readonly preimages = new Map<string, string>();
  readonly paid = new Map<string, number>();
  /** Every order to pay: the hash and when. */
  readonly orders: { readonly hash: string; readonly atMs: number }[] = [];

  /** Carries out a request. `pay_invoice` of an invoice that was paid fails, as at every node. */
  ask(
    method: WalletMethod,
    params: Readonly<Record<string, string | number>>,
    fate: Fate,
    nowMs: number,
  ): WalletAnswer {
    if (fate === "lost") throw new Error("no answer");
    const error = (code: string) => ({ error: { code, message: "so it is" } });
    if (method === "lookup_invoice") {
      if (fate === "unanswered") throw new Error("no answer");
      const hash = String(params.payment_hash);
      if (!this.paid.has(hash)) return error("NOT_FOUND");
      const preimage = this.preimages.get(hash)!;
      const shown = fate === "wrong_preimage" ? "00".repeat(32) : preimage;
      return { result: { state: "settled", payment_hash: hash, preimage: shown, fees_paid: 3 } };
    }
    const hash = this.hashOf(String(params.invoice));
    this.orders.push({ hash, atMs: nowMs });
    if (fate === "fails" || this.paid.has(hash)) return error("PAYMENT_FAILED");
    this.paid.set(hash, (this.paid.get(hash) ?? 0) + 1);
    if (fate === "unanswered") throw new Error("no answer");
    const preimage = fate === "wrong_preimage" ? "11".repeat(32) : this.preimages.get(hash)!;
    return { result: { preimage, fees_paid: 3 } };
  }

  readonly #hashes = new Map<string, string>();

  hashOf(invoice: string): string {
    return this.#hashes.get(invoice)!;
  }

  /** A new invoice. */
  invoice(name: string, amountMsats: bigint, createdAtS: number, more: object = {}) {
    const preimage = sha256(new TextEncoder().encode(name));
    const { text } = invoiceOf({ amountMsats, preimage, createdAtS, expiryS: 600, ...more });
    const paymentHash = sha256(preimage).toHex();
    this.preimages.set(paymentHash, preimage.toHex());
    this.#hashes.set(text, paymentHash);
    return { invoice: text, paymentHash, expiresAtS: createdAtS + 600 };
  }
}

/** Stores a quoted job with its invoice, as the commit of the feedback does. */
export async function quotedJob(
  store: OpenStore,
  ledger: Ledger,
  name: string,
  nowMs: number,
  { asked = 21_000n, more = {}, role = "buyer", expiresAtS }: {
    readonly asked?: bigint;
    readonly more?: object;
    readonly role?: InvoiceRow["role"];
    readonly expiresAtS?: number;
  } = {},
): Promise<InvoiceRow> {
  const eventId = sha256(new TextEncoder().encode(`job ${name}`)).toHex();
  const made = ledger.invoice(name, 21_000n, Math.floor(nowMs / 1_000), more);
  const row: InvoiceRow = {
    eventId,
    role,
    jobId: `job-${eventId.slice(0, 12)}`,
    ...made,
    ...expiresAtS !== undefined && { expiresAtS },
    amountMsats: asked,
    feesMsats: null,
    state: "due",
    code: null,
    preimage: null,
    atMs: nowMs,
    sentAtMs: null,
  };
  const waits = job({
    eventId,
    jobId: row.jobId,
    role,
    status: "quoted",
    amountUnits: role === "buyer" ? 0n : 5_000n,
    errorCode: "payment_required",
    errorMessage: "the provider asks",
  });
  await store.commit([{ op: "putJob", row: waits }, { op: "putInvoice", row }]);
  return row;
}
