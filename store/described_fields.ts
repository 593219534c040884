/**
 * Answers a table's description with what each column is: its words in the schema, and the check of a value on its way in.
 *
 * @module
 */
import {
  amount,
  bytes,
  type Check,
  flag,
  oneOf,
  signedAmount,
  signedInteger,
  text,
  whole,
} from "./checks.ts";
import type { ColumnKinds, Field, Marks } from "./column_kinds.ts";

/** A field as its description says it. */
export interface DescribedField extends Marks, Omit<Field<unknown>, "read"> {}

type Type = "TEXT" | "INTEGER" | "BLOB";

/** Gives a {@link DescribedField} in the place of each value. */
export const DESCRIBED = {
  text: always("TEXT", text),
  textOrNull: orNull("TEXT", text),
  whole: always("INTEGER", whole),
  wholeOrNull: orNull("INTEGER", whole),
  integerOrNull: orNull("INTEGER", signedInteger),
  amount: always("TEXT", amount),
  amountOrNull: orNull("TEXT", amount),
  signedAmountOrNull: orNull("TEXT", signedAmount),
  bytes: always("BLOB", bytes),
  bytesOrNull: orNull("BLOB", bytes),
  flag: always("INTEGER", flag),
  word: (name: string, words: readonly string[]) => always("TEXT", wordOf(words))(name),
  checkedWord(name: string, words: readonly string[]) {
    const listed = words.map((each) => `'${each}'`).join(", ");
    const sql = `TEXT NOT NULL CHECK (${name} IN (${listed}))`;
    return one(name, sql, wordOf(words));
  },
  checkedText: (name: string, check: Check, marks?: Marks) => always("TEXT", check)(name, marks),
  checkedTextOrNull: (name: string, check: Check) => orNull("TEXT", check)(name),
  rowNumber: (name: string) =>
    one(name, "INTEGER PRIMARY KEY AUTOINCREMENT", whole, { given: true }),
  rowKey: (name: string) => one(name, "INTEGER PRIMARY KEY", whole),
  field: (field: DescribedField) => field,
} as unknown as ColumnKinds;

function wordOf(words: readonly string[]): Check {
  return (field, value) => oneOf(field, words, value);
}

function one(name: string, sql: string, check: Check, marks: Marks = {}): DescribedField {
  return {
    columns: [[name, sql]],
    write: (into, field, value) => into[name] = check(field, value),
    ...marks,
  };
}

function always(type: Type, check: Check) {
  return (name: string, marks: Marks = {}) => {
    const { key, later } = marks;
    const default_ = typeof later === "string" ? ` DEFAULT ${later}` : "";
    return one(name, `${type} NOT NULL${key ? " PRIMARY KEY" : ""}${default_}`, check, marks);
  };
}

function orNull(type: Type, check: Check) {
  const checkOrNull: Check = (field, value) => value === null ? null : check(field, value);
  return (name: string, marks?: Marks) => one(name, type, checkOrNull, marks);
}
