/**
 * How columns are told where people and other programs read them, in the journal's data and the audit's files: amounts as decimal
 * text, times as dates, truth as true and false. What was told is read again where a store was lost.
 *
 * @module
 */
import type { Column } from "./columns.ts";

/** A value as it is told; null where nothing is known. */
export type Told = string | number | boolean | null;

/** Between a column and what is told of it. */
export interface ToldForm {
  /** The name of a column that is told under its own. */
  readonly nameOf: (column: string) => string;
  /** Of a column that holds a value. */
  readonly tell: (column: Column) => Told;
  /** The value of a row in what was told, or undefined where that is malformed. */
  readonly read: (told: Told) => unknown;
}

const own = (column: string): string => column;

/** Text as it is. */
export const TEXT: ToldForm = {
  nameOf: own,
  tell: (column) => column as string,
  read: (told) => typeof told === "string" ? told : undefined,
};

/** A number as it is. */
export const NUMBER: ToldForm = {
  nameOf: own,
  tell: (column) => column as number,
  read: (told) => typeof told === "number" ? told : undefined,
};

/** Base units as decimal text, as the column has them. */
export const AMOUNT: ToldForm = {
  nameOf: own,
  tell: (column) => column as string,
  read: (told) => typeof told === "string" && /^\d{1,78}$/.test(told) ? BigInt(told) : undefined,
};

/** True or false. */
export const FLAG: ToldForm = {
  nameOf: own,
  tell: (column) => column === 1,
  read: (told) => typeof told === "boolean" ? told : undefined,
};

/** A moment as an ISO date. */
export const TIME: ToldForm = {
  nameOf: (column) => column.replace(/_ms$/, ""),
  tell: (column) => new Date(column as number).toISOString(),
  read(told) {
    const ms = typeof told === "string" ? Date.parse(told) : NaN;
    return Number.isNaN(ms) ? undefined : ms;
  },
};
