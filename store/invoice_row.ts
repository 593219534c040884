/**
 * The Lightning invoice of a job, as its buyer or its provider keeps it.
 *
 * @see docs/money.md#lightning
 * @module
 */

/**
 * `due`: known, and nothing was asked of the wallet; at a provider, it waits for its payment. `refused`: not paid, because it is not as it
 * should be. `sent`: the wallet was, or may have been, told to pay it. `paid`: the preimage is known. `failed`: the wallet says that
 * nothing was paid; at a provider, that it expired. `unknown`: it was sent, and a day after it expired the wallet still gave no clear answer.
 */
type InvoiceState = "due" | "refused" | "sent" | "paid" | "failed" | "unknown";

/** One row for each request and side. */
export interface InvoiceRow {
  /** Id of the request. */
  readonly eventId: string;
  /** Whose row it is. */
  readonly role: "buyer" | "provider";
  readonly jobId: string;
  /** BOLT 11. */
  readonly invoice: string;
  /** 64 hex digits. No other request of this side has an invoice with it. */
  readonly paymentHash: string;
  /** What the provider asks, in millisatoshis. */
  readonly amountMsats: bigint;
  /** What the payment cost in addition. Null until it is known. */
  readonly feesMsats: bigint | null;
  readonly state: InvoiceState;
  /** Why it is `refused` or `failed`, or the last doubt about a payment that was sent. */
  readonly code: string | null;
  /** Hex; its SHA-256 is the payment hash. */
  readonly preimage: string | null;
  /** When it expires, in seconds since the epoch. */
  readonly expiresAtS: number;
  readonly atMs: number;
  /** When the wallet was told to pay it, for the last time. */
  readonly sentAtMs: number | null;
}

/**
 * Stores an invoice. A buyer's row is replaced only if it was refused, and only by another invoice. Otherwise the change is ignored,
 * also if another request has the same invoice.
 */
interface PutInvoice {
  readonly op: "putInvoice";
  readonly row: InvoiceRow;
}

/** Changes an invoice's state; `conflict` if it is not in the state `from`. */
interface MoveInvoice {
  readonly op: "moveInvoice";
  readonly eventId: string;
  readonly role: InvoiceRow["role"];
  readonly from: InvoiceState;
  readonly patch: Partial<
    Pick<InvoiceRow, "state" | "code" | "preimage" | "feesMsats" | "sentAtMs">
  >;
}

/** Every change of an invoice. */
export type InvoiceChange = PutInvoice | MoveInvoice;
