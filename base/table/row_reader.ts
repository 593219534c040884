/**
 * Reads a table's description for the values of one row, from the columns that SQLite returned.
 *
 * @module
 */
import type { ColumnKinds, Field } from "./column_kinds.ts";
import type { Columns } from "./columns.ts";

/** Returns the values of one row. */
export class RowReader implements ColumnKinds {
  readonly #columns: Columns;

  constructor(columns: Columns) {
    this.#columns = columns;
  }
  text(name: string): string {
    return this.#columns[name] as string;
  }
  textOrNull(name: string): string | null {
    return this.#columns[name] as string | null;
  }
  longText(name: string): string {
    return this.#columns[name] as string;
  }
  longTextOrNull(name: string): string | null {
    return this.#columns[name] as string | null;
  }
  whole(name: string): number {
    return this.#columns[name] as number;
  }
  wholeOrNull(name: string): number | null {
    return this.#columns[name] as number | null;
  }
  time(name: string): number {
    return this.#columns[name] as number;
  }
  timeOrNull(name: string): number | null {
    return this.#columns[name] as number | null;
  }
  integerOrNull(name: string): number | null {
    return this.#columns[name] as number | null;
  }
  amount(name: string): bigint {
    return BigInt(this.#columns[name] as string);
  }
  amountOrNull(name: string): bigint | null {
    const column = this.#columns[name];
    return column === null ? null : BigInt(column as string);
  }
  signedAmountOrNull(name: string): bigint | null {
    const column = this.#columns[name];
    return column === null ? null : BigInt(column as string);
  }
  bytes(name: string): Uint8Array {
    return this.#columns[name] as Uint8Array;
  }
  bytesOrNull(name: string): Uint8Array | null {
    return this.#columns[name] as Uint8Array | null;
  }
  flag(name: string): boolean {
    return this.#columns[name] === 1;
  }
  word<Word extends string>(name: string): Word {
    return this.#columns[name] as Word;
  }
  checkedWord<Word extends string>(name: string): Word {
    return this.#columns[name] as Word;
  }
  checkedText(name: string): string {
    return this.#columns[name] as string;
  }
  checkedTextOrNull(name: string): string | null {
    return this.#columns[name] as string | null;
  }
  rowNumber(name: string): number {
    return this.#columns[name] as number;
  }
  rowKey(name: string): number {
    return this.#columns[name] as number;
  }
  field<Value>(field: Field<Value>): Value {
    return field.read(this.#columns);
  }
}
