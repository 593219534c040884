/**
 * The outcome of removing old rows.
 *
 * @module
 */

/** What a sweep removed. */
export interface Swept {
  /** Number of removed rows of each kind. */
  readonly removed: Readonly<Record<string, number>>;
  /** Pages of the file that were released. */
  readonly pages: number;
  /** True if nothing is left to remove; false if it was stopped earlier. */
  readonly done: boolean;
}
