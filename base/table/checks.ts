/**
 * Checks values before they are written to columns. The error names the field, also if the value came over a port from other code. The
 * owner of a database chooses the class of the error.
 *
 * @module
 */
import type { Column } from "./columns.ts";

/** Size of the largest byte field. Events have at most 64 KiB, and packets less. */
const MAX_BYTES = 1024 * 1024;
const MAX_TEXT = 64 * 1024;
const MAX_LONG_TEXT = 1024 * 1024;
const MAX_AMOUNT = 2n ** 256n - 1n;

/** Checks one value before it is written to a column; throws for a wrong one. */
export type Check = (field: string, value: unknown) => Column;

/** The checks of one database. */
export interface Checks {
  /** Makes the error for what a table refuses. */
  readonly refusal: (message: string) => Error;
  /** The error about one field. */
  readonly invalid: (field: string, must: string, got: unknown) => Error;
  /** A text column. */
  readonly text: (field: string, value: unknown) => string;
  /** A text column for what is made of a whole event or message. */
  readonly longText: (field: string, value: unknown) => string;
  /** A byte column. */
  readonly bytes: (field: string, value: unknown) => Uint8Array;
  /** An integer column that is never negative. */
  readonly whole: (field: string, value: unknown) => number;
  /** An integer column. */
  readonly signedInteger: (field: string, value: unknown) => number;
  /** An amount column: base units as decimal text. */
  readonly amount: (field: string, value: unknown) => string;
  /** An amount column that may be negative. */
  readonly signedAmount: (field: string, value: unknown) => string;
  /** A boolean column: 1 or 0. */
  readonly flag: (field: string, value: unknown) => number;
  /** One of a closed set of words. */
  readonly oneOf: <Word extends string>(
    field: string,
    words: readonly Word[],
    value: unknown,
  ) => Word;
}

/** Makes the checks. They throw what `refusal` makes of a message. */
export function checksWith(refusal: Checks["refusal"]): Checks {
  const invalid = (field: string, must: string, got: unknown) => {
    const shown = typeof got === "string" ? `${got.length} characters` : typeof got;
    return refusal(`${field} must be ${must} (got ${shown})`);
  };
  const textUpTo = (most: number) => (field: string, value: unknown) => {
    if (typeof value === "string" && value.length <= most) return value;
    throw invalid(field, `text of at most ${most} characters`, value);
  };
  return {
    refusal,
    invalid,
    text: textUpTo(MAX_TEXT),
    longText: textUpTo(MAX_LONG_TEXT),
    bytes(field, value) {
      if (value instanceof Uint8Array && value.length <= MAX_BYTES) return value;
      throw invalid(field, `at most ${MAX_BYTES} bytes`, value);
    },
    whole(field, value) {
      if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number;
      throw invalid(field, "a whole number up to 2^53-1", value);
    },
    signedInteger(field, value) {
      if (Number.isSafeInteger(value)) return value as number;
      throw invalid(field, "an integer", value);
    },
    amount(field, value) {
      if (typeof value === "bigint" && value >= 0n && value <= MAX_AMOUNT) return value.toString();
      throw invalid(field, "a bigint from 0 to 2^256-1", value);
    },
    signedAmount(field, value) {
      if (typeof value === "bigint" && value >= -MAX_AMOUNT && value <= MAX_AMOUNT) {
        return value.toString();
      }
      throw invalid(field, "a bigint from -(2^256-1) to 2^256-1", value);
    },
    flag(field, value) {
      if (typeof value === "boolean") return value ? 1 : 0;
      throw invalid(field, "true or false", value);
    },
    oneOf<Word extends string>(field: string, words: readonly Word[], value: unknown) {
      if (words.includes(value as Word)) return value as Word;
      throw invalid(field, `one of ${words.join(", ")}`, value);
    },
  };
}
