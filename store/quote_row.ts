/**
 * The quote that a buyer's job is paid by.
 *
 * @module
 */

/** A quote that was taken, and what is paid for it. */
export interface QuoteRow {
  /** Of the request that it is for. */
  readonly eventId: string;
  /** The signed quote, JSON. */
  readonly quote: Uint8Array;
  /** Whose preimage is the receipt, hex. */
  readonly condition: string;
  readonly atMs: number;
}

/** The job of this request is paid by this quote. */
export interface PutQuote {
  readonly op: "putQuote";
  readonly row: QuoteRow;
}
