/**
 * Reads a table's description for the definition of each column: its SQL in the schema, and the check of a value before it is written.
 *
 * @module
 */
import { type Check, type Checks, checksWith } from "./checks.ts";
import type { ColumnKinds, Field, Marks } from "./column_kinds.ts";

/** What a column's values are, for other forms of a row: a `time` is milliseconds since the epoch. */
export type Form = "text" | "number" | "amount" | "flag" | "time";

/** The definition of a field. */
export interface DescribedField extends Marks, Omit<Field<unknown>, "read"> {
  /** What its values are; bytes and fields that are described elsewhere have no form. */
  readonly form?: Form;
  /** Whether null is a value. */
  readonly isNullable?: boolean;
  /** Whether SQLite returns the very value of the row. */
  readonly isPlain?: boolean;
}

/** What {@link ColumnKinds} return for the definition of a table. */
export interface Described {
  /** Returns a {@link DescribedField} in place of each value. */
  readonly kinds: ColumnKinds;
  /** The checks that the fields use. */
  readonly checks: Checks;
}

/** Definitions whose values are checked with these checks. */
export function describedWith(checks: Checks): Described {
  const { text, longText, bytes, whole, signedInteger, amount, signedAmount, flag, oneOf } = checks;
  const wordOf = (words: readonly string[]): Check => (field, value) => oneOf(field, words, value);
  const plain = { isPlain: true };
  const kinds = {
    text: always("TEXT", text, { form: "text", ...plain }),
    textOrNull: orNull("TEXT", text, { form: "text", ...plain }),
    longText: always("TEXT", longText, { form: "text", ...plain }),
    longTextOrNull: orNull("TEXT", longText, { form: "text", ...plain }),
    whole: always("INTEGER", whole, { form: "number", ...plain }),
    wholeOrNull: orNull("INTEGER", whole, { form: "number", ...plain }),
    time: always("INTEGER", whole, { form: "time", ...plain }),
    timeOrNull: orNull("INTEGER", whole, { form: "time", ...plain }),
    integerOrNull: orNull("INTEGER", signedInteger, { form: "number", ...plain }),
    amount: always("TEXT", amount, { form: "amount" }),
    amountOrNull: orNull("TEXT", amount, { form: "amount" }),
    signedAmountOrNull: orNull("TEXT", signedAmount),
    bytes: always("BLOB", bytes, plain),
    bytesOrNull: orNull("BLOB", bytes, plain),
    flag: always("INTEGER", flag, { form: "flag" }),
    word: (name: string, words: readonly string[], marks?: Marks) =>
      always("TEXT", wordOf(words), { form: "text", ...plain })(name, marks),
    checkedWord(name: string, words: readonly string[], marks?: Marks) {
      const listed = words.map((each) => `'${each}'`).join(", ");
      const sql = `TEXT NOT NULL CHECK (${name} IN (${listed}))`;
      return one(name, sql, wordOf(words), { form: "text", ...plain, ...marks });
    },
    checkedText: (name: string, check: Check, marks?: Marks) =>
      always("TEXT", check, { form: "text", ...plain })(name, marks),
    checkedTextOrNull: (name: string, check: Check, marks?: Marks) =>
      orNull("TEXT", check, { form: "text", ...plain })(name, marks),
    rowNumber: (name: string) =>
      one(name, "INTEGER PRIMARY KEY AUTOINCREMENT", whole, { given: true, ...plain }),
    rowKey: (name: string, marks?: Marks) =>
      one(name, "INTEGER PRIMARY KEY", whole, { ...plain, ...marks }),
    field: (field: DescribedField) => field,
  };
  return { kinds: kinds as unknown as ColumnKinds, checks };
}

/** Definitions for databases without an error class of their own: a wrong value is a TypeError. */
export const DESCRIBED: Described = describedWith(checksWith((message) => new TypeError(message)));

/** The properties of a column that its kind and its marks state. */
type Properties = Omit<DescribedField, "columns" | "write">;

function one(name: string, sql: string, check: Check, properties: Properties): DescribedField {
  return { columns: [[name, sql]], write: check, ...properties };
}

function always(type: "TEXT" | "INTEGER" | "BLOB", check: Check, properties: Properties = {}) {
  return (name: string, marks: Marks = {}) => {
    const { key, unique, later } = marks;
    const always = key === "implied" ? "" : " NOT NULL";
    const only = key !== undefined ? " PRIMARY KEY" : unique ? " UNIQUE" : "";
    const default_ = typeof later === "string" ? ` DEFAULT ${later}` : "";
    return one(name, type + always + only + default_, check, { ...properties, ...marks });
  };
}

function orNull(type: "TEXT" | "INTEGER" | "BLOB", check: Check, properties: Properties = {}) {
  const checkOrNull: Check = (field, value) => value === null ? null : check(field, value);
  return (name: string, marks: Marks = {}) =>
    one(name, marks.unique ? `${type} UNIQUE` : type, checkOrNull, {
      ...properties,
      ...marks,
      isNullable: true,
    });
}
