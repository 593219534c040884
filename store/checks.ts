/**
 * Checks values before they are written to columns. A wrong value is an `invalid` StoreError that names the field, also if the value came
 * over a port from other code.
 *
 * @module
 */
import { StoreError } from "./store_error.ts";
import type { Column } from "./columns.ts";

/** Size of the largest byte field. Events have at most 64 KiB, and packets less. */
const MAX_BYTES = 1024 * 1024;
const MAX_TEXT = 64 * 1024;
const MAX_AMOUNT = 2n ** 256n - 1n;

/** An `invalid` StoreError about one field. */
export function invalid(field: string, must: string, got: unknown): StoreError {
  const shown = typeof got === "string" ? `${got.length} characters` : typeof got;
  return new StoreError("invalid", `${field} must be ${must} (got ${shown})`);
}

/** A text column. */
export function text(field: string, value: unknown): string {
  if (typeof value !== "string" || value.length > MAX_TEXT) {
    throw invalid(field, `text of at most ${MAX_TEXT} characters`, value);
  }
  return value;
}

/** A byte column. */
export function bytes(field: string, value: unknown): Uint8Array {
  if (!(value instanceof Uint8Array) || value.length > MAX_BYTES) {
    throw invalid(field, `at most ${MAX_BYTES} bytes`, value);
  }
  return value;
}

/** An integer column that is never negative. */
export function whole(field: string, value: unknown): number {
  if (!Number.isSafeInteger(value) || (value as number) < 0) {
    throw invalid(field, "a whole number up to 2^53-1", value);
  }
  return value as number;
}

/** An amount column: base units as decimal text. */
export function amount(field: string, value: unknown): string {
  if (typeof value !== "bigint" || value < 0n || value > MAX_AMOUNT) {
    throw invalid(field, "a bigint from 0 to 2^256-1", value);
  }
  return value.toString();
}

/** An amount column that may be negative. */
export function signedAmount(field: string, value: unknown): string {
  if (typeof value !== "bigint" || value < -MAX_AMOUNT || value > MAX_AMOUNT) {
    throw invalid(field, "a bigint from -(2^256-1) to 2^256-1", value);
  }
  return value.toString();
}

/** One of a closed set of words. */
export function oneOf<Word extends string>(
  field: string,
  words: readonly Word[],
  value: unknown,
): Word {
  if (!words.includes(value as Word)) throw invalid(field, `one of ${words.join(", ")}`, value);
  return value as Word;
}

/** A boolean column: 1 or 0. */
export function flag(field: string, value: unknown): number {
  if (typeof value !== "boolean") throw invalid(field, "true or false", value);
  return value ? 1 : 0;
}

/** An integer column. */
export function signedInteger(field: string, value: unknown): number {
  if (!Number.isSafeInteger(value)) throw invalid(field, "an integer", value);
  return value as number;
}

/** Checks one value before it is written to a column; throws `invalid`. */
export type Check = (field: string, value: unknown) => Column;
