/**
 * The quote by which a buyer's job is paid.
 *
 * @module
 */

import type { QuotedPrice } from "../protocols/nostr/announced_price.ts";

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
  /** The buyer's: its price beside the announced one. Null or absent if the provider announced no price. */
  readonly price?: QuotedPrice | null;
}

/** The price of a quote by which a buyer's job is paid, beside the announced one. */
export interface QuotedPriceRow extends QuotedPrice {
  /** Id of its request. */
  readonly eventId: string;
  readonly atMs: number;
}

/** The same with its job. */
export interface PriceOfJob extends QuotedPriceRow {
  readonly jobId: string;
  /** What the provider was paid for the job so far, with what hops keep. */
  readonly paidUnits: bigint;
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
