/**
 * A review that counts for a home.
 *
 * @module
 */

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
  /** When it was signed. */
  readonly atMs: number;
}
