/**
 * The form of columns in the journal's data and the audit's files, where people and other programs read them: amounts as decimal text,
 * times as dates, booleans as true and false. Recovery reads them again if a store was lost.
 *
 * @module
 */
import type { Column } from "../base/table/columns.ts";
import type { Form } from "../base/table/described_fields.ts";

/** A value in the journal's data; null if nothing is known. */
export type Told = string | number | boolean | null;

/** Converts between a column and the journal's data. */
interface ToldForm {
  /** Name in the data of a column that has no other name there. */
  readonly nameOf: (column: string) => string;
  /** The value in the data of a column that is not null. */
  readonly tell: (column: Column) => Told;
  /** A row's value from the data; undefined if it is malformed. */
  readonly read: (told: Told) => unknown;
}

const own = (column: string): string => column;

/** Text, unchanged. */
const TEXT: ToldForm = {
  nameOf: own,
  tell: (column) => column as string,
  read: (told) => typeof told === "string" ? told : undefined,
};

/** A number, unchanged. */
const NUMBER: ToldForm = {
  nameOf: own,
  tell: (column) => column as number,
  read: (told) => typeof told === "number" ? told : undefined,
};

/** Base units as decimal text, as in the column. */
const AMOUNT: ToldForm = {
  nameOf: own,
  tell: (column) => column as string,
  read: (told) => typeof told === "string" && /^\d{1,78}$/.test(told) ? BigInt(told) : undefined,
};

/** True or false. */
const FLAG: ToldForm = {
  nameOf: own,
  tell: (column) => column === 1,
  read: (told) => typeof told === "boolean" ? told : undefined,
};

/** A time as an ISO date. */
const TIME: ToldForm = {
  nameOf: (column) => column.replace(/_ms$/, ""),
  tell: (column) => new Date(column as number).toISOString(),
  read(told) {
    const ms = typeof told === "string" ? Date.parse(told) : NaN;
    return Number.isNaN(ms) ? undefined : ms;
  },
};

/** The form of each kind of value. */
export const FORMS: Readonly<Record<Form, ToldForm>> = {
  text: TEXT,
  number: NUMBER,
  amount: AMOUNT,
  flag: FLAG,
  time: TIME,
};
