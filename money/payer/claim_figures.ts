/**
 * The figures of a packet's claim.
 *
 * @module
 */

/** The figures of a claim. */
export interface ClaimFigures {
  readonly nonce: number;
  /** The total paid so far, in base units. */
  readonly cumulative: bigint;
  /** The amount of the packet. */
  readonly amount: bigint;
  /** The nonce of a later packet of the same call whose claim covers this packet. Absent or null: the packet has its own claim. */
  readonly coveredBy?: number | null;
}
