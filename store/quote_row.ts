/**
 * The quote by which a buyer's job is paid.
 *
 * @module
 */

/** An accepted quote, and the condition of its payment. */
export interface QuoteRow {
  /** Id of its request. */
  readonly eventId: string;
  /** The signed quote, JSON. */
  readonly quote: Uint8Array;
  /** Condition of the payment, hex. Its preimage is the receipt. */
  readonly condition: string;
  readonly atMs: number;
}

/** The job of this request is paid by this quote. */
export interface PutQuote {
  readonly op: "putQuote";
  readonly row: QuoteRow;
}

/** The quote of a job that was asked for without a payment is paid. */
export interface PayQuote {
  readonly op: "payQuote";
  readonly jobId: string;
  /** The event id of the quote. */
  readonly quoteId: string;
  /** What is sent now, with what hops keep. */
  readonly amountUnits: bigint;
  /** The most increments that are paid if the quote is metered; otherwise 1. */
  readonly increments: number;
  readonly atMs: number;
}
