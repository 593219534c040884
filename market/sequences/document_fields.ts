/**
 * Reads the fields of a sequence's file. Each field is read with its place, so that every error names file, line and step.
 * @module
 */
import { messageOf, suggestionOf } from "../../base/thrown.ts";
import { nearest } from "../../base/config_error.ts";
import { SequenceError } from "./sequence_error.ts";

/** The place of a field. */
export interface Place {
  /** `step build: `, or nothing for the sequence's own fields. */
  readonly where: string;
  /** `sequence.toml:12` for a key of this place. */
  readonly source: (key: string | null) => string;
}

/** Throws the error for a field. */
export function refuse(
  { where, source }: Place,
  key: string | null,
  what: string,
  suggestion: string,
): never {
  const field = key === null ? "" : `${key} `;
  throw new SequenceError("bad_sequence", `${source(key)}: ${where}${field}${what}`, suggestion);
}

/** Reads a table. */
export function objectOf(
  value: unknown,
  at: Place,
  what: string,
): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    refuse(at, null, `${what} must be a table`, "see docs/sequences.md");
  }
  return value as Readonly<Record<string, unknown>>;
}

/** Reads a list. */
export function listOf(value: unknown, at: Place, key: string): readonly unknown[] {
  if (!Array.isArray(value)) refuse(at, key, "must be a list", "see docs/sequences.md");
  return value as readonly unknown[];
}

/** Reads a text of `min` to `max` characters. */
export function textOf(value: unknown, at: Place, key: string, max: number, min = 1): string {
  if (typeof value !== "string") {
    return refuse(
      at,
      key,
      value === undefined ? "is missing" : "must be a text",
      `add ${key} = "..."`,
    );
  }
  if (value.length < min || value.length > max || !value.isWellFormed()) {
    refuse(at, key, `must have ${min} to ${max} characters (has ${value.length})`, "change it");
  }
  return value;
}

/** Reads a whole number from `min` to `max`. */
export function numberOf(
  value: unknown,
  at: Place,
  key: string,
  min: number,
  max: number,
): number {
  const number = typeof value === "bigint" ? Number(value) : value;
  if (!Number.isInteger(number) || (number as number) < min || (number as number) > max) {
    refuse(at, key, `must be a whole number from ${min} to ${max}`, "change it");
  }
  return number as number;
}

/** Reads an amount in base units. A fraction must be written as text, because a parsed number may have been rounded. */
export function amountOf(
  value: unknown,
  at: Place,
  key: string,
  units: (text: string) => bigint,
): bigint {
  const written = typeof value === "bigint" || Number.isSafeInteger(value) ? String(value) : value;
  if (typeof written !== "string") {
    return refuse(at, key, "must be a text", `write ${key} = "0.5", or "500000units"`);
  }
  try {
    return units(written);
  } catch (error) {
    const hint = suggestionOf(error) ?? "write M2M (0.5) or whole units (500000units)";
    return refuse(at, key, messageOf(error), hint);
  }
}

/** Refuses unknown keys. The suggestion names a similar known key. */
export function checkKeys(
  table: Readonly<Record<string, unknown>>,
  known: readonly string[],
  at: Place,
): void {
  for (const key of Object.keys(table)) {
    if (known.includes(key)) continue;
    refuse(at, key, "is not a known key", nearest(key, known));
  }
}
