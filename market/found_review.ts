/**
 * A review that counts for a home.
 *
 * @module
 */

import type { ProvenPayment } from "../protocols/nostr/job_review.ts";

/** The money of a home's network. Receipts for other money prove nothing there: that of a test network is worth nothing. */
export type ReviewMoney = Pick<ProvenPayment, "asset" | "chain">;

/** A review of somebody whose word counts. Survives a structured clone. */
export interface FoundReview {
  /** The id of the review's event. */
  readonly eventId: string;
  readonly reviewer: string;
  /** Of the reviewer: 1 if the root follows it, 2 if a key that the root follows does. */
  readonly distance: 1 | 2;
  readonly provider: string;
  readonly requestId: string;
  readonly went: "well" | "badly";
  /** What the review's receipt proves that the reviewer paid, in base units. Null if it has no receipt that proves a payment. */
  readonly paidUnits: bigint | null;
  /** When it was signed, but at the latest a day after the deadline of a job that its receipt names. */
  readonly atMs: number;
}
