/**
 * Values as SQLite keeps them.
 *
 * @module
 */

/** What SQLite takes and gives here. */
export type Column = string | number | null | Uint8Array;

/** One row as SQLite gives it. */
export type Columns = Readonly<Record<string, Column>>;
