/**
 * The kinds of columns with which tables are described (define_table.ts). A description is a function that takes an object with these
 * methods and returns a row. It is called once with `Described` (described_fields.ts), which returns the definition of each column, and
 * then for each row with a `RowReader` (row_reader.ts), which returns the column's value. So a row is read without a loop over its fields.
 *
 * Amounts are decimal text, because SQLite's integers end at 2^63-1 and ILP amounts at 2^64-1.
 *
 * @module
 */
import type { Check } from "./checks.ts";
import type { Column, Columns } from "./columns.ts";

/** Converts a field of a row to its columns and back. */
export interface Field<Value> {
  /** Name and definition of each column, in order. */
  readonly columns: readonly (readonly [name: string, sql: string])[];
  /** The column's value; of several columns, one for each, in their order. Throws for a wrong value, with the field's name. */
  readonly write: (field: string, value: unknown) => Column | readonly Column[];
  /** Reads the value from these columns. */
  readonly read: (columns: Columns) => Value;
}

/** Further properties of a column. */
export interface Marks {
  /** It is the table's whole primary key. `implied`: the schema's text has no NOT NULL, which `WITHOUT ROWID` implies. */
  readonly key?: true | "implied";
  /** No two rows have the same value. */
  readonly unique?: true;
  /** A later migration adds it, with this default; null if old rows have null. */
  readonly later?: string | null;
  /** The database fills it in, or a separate statement writes it. */
  readonly given?: true;
  /**
   * The row's form in files contains it: the journal's data and the audit's files, from which recovery reads it if the store is lost.
   * `true`: under the column's own name, which loses `_ms` for a time. A text: under this name.
   */
  readonly told?: string | true;
}

/** Marks the table's whole primary key. */
export const KEY: Marks = { key: true };

/** Marks a column that the row's form in files contains under the column's own name. */
export const TOLD: Marks = { told: true };

/** Marks a column that the database fills in. */
export const GIVEN: Marks = { given: true };

/** What a description may use. The values of a method without `OrNull` are never null. */
export interface ColumnKinds {
  /** Text of at most 64 Ki characters. */
  text(name: string, marks?: Marks): string;
  /** See {@link ColumnKinds.text}. */
  textOrNull(name: string, marks?: Marks): string | null;
  /** Text of at most 1 Mi characters, for what is made of a whole event or message. */
  longText(name: string, marks?: Marks): string;
  /** See {@link ColumnKinds.longText}. */
  longTextOrNull(name: string, marks?: Marks): string | null;
  /** A whole number up to 2^53-1, never negative. */
  whole(name: string, marks?: Marks): number;
  /** See {@link ColumnKinds.whole}. */
  wholeOrNull(name: string, marks?: Marks): number | null;
  /** Milliseconds since the epoch; a date in the journal. */
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
  /** At most 1 MiB of bytes. */
  bytes(name: string): Uint8Array;
  /** See {@link ColumnKinds.bytes}. */
  bytesOrNull(name: string): Uint8Array | null;
  /** True or false. */
  flag(name: string, marks?: Marks): boolean;
  /** One of these words. */
  word<Word extends string>(name: string, words: readonly Word[], marks?: Marks): Word;
  /** One of these words; the schema checks it too. */
  checkedWord<Word extends string>(name: string, words: readonly Word[], marks?: Marks): Word;
  /** Text with its own check. */
  checkedText(name: string, check: Check, marks?: Marks): string;
  /** See {@link ColumnKinds.checkedText}. */
  checkedTextOrNull(name: string, check: Check, marks?: Marks): string | null;
  /** A rising number that the database assigns to each new row; the primary key. */
  rowNumber(name: string): number;
  /** A whole number that orders the rows; the primary key. If it is marked as given, SQLite may reuse the number of a removed row. */
  rowKey(name: string, marks?: Marks): number;
  /** A field that is described elsewhere: several columns, or text with its own format. */
  field<Value>(field: Field<Value>): Value;
}
