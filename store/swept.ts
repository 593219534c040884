/**
 * What came of removing old rows.
 *
 * @module
 */

/** What a sweep did. */
export interface Swept {
  /** How many rows of each kind went. */
  readonly removed: Readonly<Record<string, number>>;
  /** Pages of the file that were given back. */
  readonly pages: number;
  /** Nothing is left to remove; false when it was stopped before. */
  readonly done: boolean;
}
