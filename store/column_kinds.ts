/**
 * The kinds of columns that tables are described with (define_table.ts). A description is a function of them that gives a row. It is
 * called once with `DESCRIBED` (described_fields.ts), which answers with what each column is, and then for each row with a `RowReader`
 * (row_reader.ts), which answers with its value: a row is read by straight code, without a loop over its fields.
 *
 * Amounts are decimal text, because SQLite's integers end at 2^63-1 and an ILP amount at 2^64-1.
 *
 * @module
 */
import type { Check } from "./checks.ts";
import type { Column, Columns } from "./columns.ts";

/** A field of a row, between its value and its columns. */
export interface Field<Value> {
  /** Name and definition of each column, in order. */
  readonly columns: readonly (readonly [name: string, sql: string])[];
  /** Puts the columns of a value; throws `invalid` with the field's name. */
  readonly write: (into: Record<string, Column>, field: string, value: unknown) => void;
  /** The value in these columns. */
  readonly read: (columns: Columns) => Value;
}

/** What else is to be said of a column. */
export interface Marks {
  /** It is the table's whole key. */
  readonly key?: true;
  /** A later step of the schema adds it, with this default; null where old rows have null. */
  readonly later?: string | null;
  /** It is given by the database, or written by a statement of its own. */
  readonly given?: true;
  /**
   * It stands in the journal's data and in the audit's files, from which it is read again when the store is lost: under this name, or
   * under the column's own, which for a time is without `_ms`.
   */
  readonly told?: string | true;
}

/** The mark of a column that is the table's whole key. */
export const KEY: Marks = { key: true };

/** The mark of a column that is told under its own name. */
export const TOLD: Marks = { told: true };

/** What a description may say of a row. A method without `OrNull` is of a column that always holds a value. */
export interface ColumnKinds {
  /** Text of at most 64 Ki characters. */
  text(name: string, marks?: Marks): string;
  /** See {@link ColumnKinds.text}. */
  textOrNull(name: string, marks?: Marks): string | null;
  /** A whole number up to 2^53-1, never negative. */
  whole(name: string, marks?: Marks): number;
  /** See {@link ColumnKinds.whole}. */
  wholeOrNull(name: string, marks?: Marks): number | null;
  /** Milliseconds since the epoch; told as a date. */
  time(name: string, marks?: Marks): number;
  /** See {@link ColumnKinds.time}. */
  timeOrNull(name: string, marks?: Marks): number | null;
  /** A safe integer. */
  integerOrNull(name: string): number | null;
  /** Base units from 0 to 2^256-1. */
  amount(name: string, marks?: Marks): bigint;
  /** See {@link ColumnKinds.amount}. */
  amountOrNull(name: string): bigint | null;
  /** Base units from -(2^256-1) to 2^256-1. */
  signedAmountOrNull(name: string): bigint | null;
  /** At most 1 MiB. */
  bytes(name: string): Uint8Array;
  /** See {@link ColumnKinds.bytes}. */
  bytesOrNull(name: string): Uint8Array | null;
  /** True or false. */
  flag(name: string, marks?: Marks): boolean;
  /** One of some words. */
  word<Word extends string>(name: string, words: readonly Word[], marks?: Marks): Word;
  /** One of some words to which the schema holds it too. */
  checkedWord<Word extends string>(name: string, words: readonly Word[], marks?: Marks): Word;
  /** Text with a check of its own. */
  checkedText(name: string, check: Check, marks?: Marks): string;
  /** See {@link ColumnKinds.checkedText}. */
  checkedTextOrNull(name: string, check: Check, marks?: Marks): string | null;
  /** The number that the database gives a new row, rising; its primary key. */
  rowNumber(name: string): number;
  /** A whole number by which the rows are kept in order; its primary key. */
  rowKey(name: string): number;
  /** A field that is described elsewhere: columns that belong together, or text of a form of its own. */
  field<Value>(field: Field<Value>): Value;
}
