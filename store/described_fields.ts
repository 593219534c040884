/**
 * Reads a table's description for the definition of each column: its SQL in the schema, and the check of a value before it is written.
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
import { AMOUNT, FLAG, NUMBER, TEXT, TIME, type ToldForm } from "./told_form.ts";

/** The definition of a field. */
export interface DescribedField extends Omit<Marks, "told">, Omit<Field<unknown>, "read"> {
  /** Its name in the journal's data, and its form there. */
  readonly told?: ToldForm & { readonly key: string; readonly isNullable: boolean };
}

type Type = "TEXT" | "INTEGER" | "BLOB";

/** Returns a {@link DescribedField} in place of each value. */
export const DESCRIBED = {
  text: always("TEXT", text, TEXT),
  textOrNull: orNull("TEXT", text, TEXT),
  whole: always("INTEGER", whole, NUMBER),
  wholeOrNull: orNull("INTEGER", whole, NUMBER),
  time: always("INTEGER", whole, TIME),
  timeOrNull: orNull("INTEGER", whole, TIME),
  integerOrNull: orNull("INTEGER", signedInteger, NUMBER),
  amount: always("TEXT", amount, AMOUNT),
  amountOrNull: orNull("TEXT", amount, AMOUNT),
  signedAmountOrNull: orNull("TEXT", signedAmount),
  bytes: always("BLOB", bytes),
  bytesOrNull: orNull("BLOB", bytes),
  flag: always("INTEGER", flag, FLAG),
  word: (name: string, words: readonly string[], marks?: Marks) =>
    always("TEXT", wordOf(words), TEXT)(name, marks),
  checkedWord(name: string, words: readonly string[], marks?: Marks) {
    const listed = words.map((each) => `'${each}'`).join(", ");
    const sql = `TEXT NOT NULL CHECK (${name} IN (${listed}))`;
    return one(name, sql, wordOf(words), marks, TEXT);
  },
  checkedText: (name: string, check: Check, marks?: Marks) =>
    always("TEXT", check, TEXT)(name, marks),
  checkedTextOrNull: (name: string, check: Check, marks?: Marks) =>
    orNull("TEXT", check, TEXT)(name, marks),
  rowNumber: (name: string) =>
    one(name, "INTEGER PRIMARY KEY AUTOINCREMENT", whole, { given: true }),
  rowKey: (name: string) => one(name, "INTEGER PRIMARY KEY", whole),
  field: (field: DescribedField) => field,
} as unknown as ColumnKinds;

function wordOf(words: readonly string[]): Check {
  return (field, value) => oneOf(field, words, value);
}

function one(
  name: string,
  sql: string,
  check: Check,
  { told, ...marks }: Marks = {},
  form?: ToldForm,
  isNullable = false,
): DescribedField {
  if (told !== undefined && form === undefined) throw new TypeError(`${name} has no form to tell`);
  const key = told === true ? form!.nameOf(name) : told;
  return {
    columns: [[name, sql]],
    write: (into, field, value) => into[name] = check(field, value),
    ...marks,
    ...key === undefined ? {} : { told: { ...form!, key, isNullable } },
  };
}

function always(type: Type, check: Check, form?: ToldForm) {
  return (name: string, marks: Marks = {}) => {
    const { key, later } = marks;
    const default_ = typeof later === "string" ? ` DEFAULT ${later}` : "";
    const sql = `${type} NOT NULL${key ? " PRIMARY KEY" : ""}${default_}`;
    return one(name, sql, check, marks, form);
  };
}

function orNull(type: Type, check: Check, form?: ToldForm) {
  const checkOrNull: Check = (field, value) => value === null ? null : check(field, value);
  return (name: string, marks?: Marks) => one(name, type, checkOrNull, marks, form, true);
}
