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
