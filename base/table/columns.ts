/**
 * Values in the types of SQLite.
 *
 * @module
 */

/** The types of values that we store. */
export type Column = string | number | null | Uint8Array;

/** One row as SQLite returns it. */
export type Columns = Readonly<Record<string, Column>>;
