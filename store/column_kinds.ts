/**
 * The kinds of columns that tables are described with (define_table.ts). Amounts are decimal text, because SQLite's integers end at 2^63-1
 * and an ILP amount at 2^64-1.
 *
 * @module
 */
import type { Column } from "./columns.ts";
import type { Field } from "./define_table.ts";
import { amount, bytes, type Check, flag, oneOf, signedInteger, text, whole } from "./checks.ts";

/** What may follow a column's type in the schema. */
interface Marks {
  /** It is the table's whole key. */
  readonly key?: true;
  /** See {@link Field.later}. */
  readonly later?: true;
}

/** How columns of one kind are checked and read. */
interface Kind<Value> {
  readonly type: "TEXT" | "INTEGER" | "BLOB";
  readonly check: Check;
  readonly read: (column: Column) => Value;
}

const asText = (column: Column) => column as string;
const asNumber = (column: Column) => column as number;
const asBytes = (column: Column) => column as Uint8Array;
const asAmount = (column: Column) => BigInt(column as string);
const asFlag = (column: Column) => column === 1;

/** Columns that always hold a value. */
export const column = {
  text: made({ type: "TEXT", check: text, read: asText }),
  whole: made({ type: "INTEGER", check: whole, read: asNumber }),
  amount: made({ type: "TEXT", check: amount, read: asAmount }),
  bytes: made({ type: "BLOB", check: bytes, read: asBytes }),
  flag: made({ type: "INTEGER", check: flag, read: asFlag }),
} as const;

/** Columns that may hold null. */
export const nullable = {
  text: orNull({ type: "TEXT", check: text, read: asText }),
  whole: orNull({ type: "INTEGER", check: whole, read: asNumber }),
  integer: orNull({ type: "INTEGER", check: signedInteger, read: asNumber }),
  amount: orNull({ type: "TEXT", check: amount, read: asAmount }),
  bytes: orNull({ type: "BLOB", check: bytes, read: asBytes }),
} as const;

/** A column of some words. */
export function word<Word extends string>(name: string, words: readonly Word[]): Field<Word> {
  const check: Check = (field, value) => oneOf(field, words, value);
  return made({ type: "TEXT", check, read: (column) => column as Word })(name);
}

/** A column of some words to which the schema holds it too. */
export function checkedWord<Word extends string>(
  name: string,
  words: readonly Word[],
): Field<Word> {
  const field = word(name, words);
  const listed = words.map((each) => `'${each}'`).join(", ");
  return { ...field, columns: [[name, `TEXT NOT NULL CHECK (${name} IN (${listed}))`]] };
}

/** A text column with a check of its own. */
export function checkedText(name: string, check: Check, marks: Marks = {}): Field<string> {
  return made({ type: "TEXT", check, read: asText })(name, marks);
}

/** A text column with a check of its own that may hold null. */
export function checkedTextOrNull(name: string, check: Check): Field<string | null> {
  return orNull({ type: "TEXT", check, read: asText })(name);
}

function made<Value>({ type, check, read }: Kind<Value>) {
  return (name: string, { key, later }: Marks = {}): Field<Value> => ({
    columns: [[name, `${type} NOT NULL${key ? " PRIMARY KEY" : ""}`]],
    write: (field, value) => [check(field, value)],
    read: (columns) => read(columns[name]),
    ...(later ? { later } : {}),
  });
}

function orNull<Value>({ type, check, read }: Kind<Value>) {
  return (name: string, { later }: Marks = {}): Field<Value | null> => ({
    columns: [[name, type]],
    write: (field, value) => [value === null ? null : check(field, value)],
    read: (columns) => columns[name] === null ? null : read(columns[name]),
    ...(later ? { later } : {}),
  });
}
