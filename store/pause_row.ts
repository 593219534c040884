/**
 * Pauses of buying and selling, as values.
 *
 * @module
 */

/** What a home does with jobs: it buys its own, or sells its work on those of others. */
export type Side = "buying" | "selling";

/** The change that pauses a side, or lets it go on. */
export interface Pause {
  readonly op: "pause";
  readonly side: Side;
  /** Milliseconds since the epoch; null lets it go on. */
  readonly atMs: number | null;
}

/** Since when each side is paused, in milliseconds since the epoch; null if it is not. */
export type Pauses = Readonly<Record<Side, number | null>>;
