/**
 * Reads the fields of a claim, each by its rule. Used for claims in another form than the one that we write.
 *
 * @module
 */
import { parseStrictJson, StrictJsonError } from "../json/strict_json.ts";
import type { Address } from "./address.ts";
import { ClaimError } from "./claim_error.ts";

/** The most bytes of a claim. */
export const MAX_CLAIM_BYTES = 4_096;

const MAX_UINT256 = 2n ** 256n - 1n;

const TIMESTAMP = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{3})?Z$/;

/** Whether a timestamp has the right form and is a real date. */
export function isMoment(text: string): boolean {
  if (!TIMESTAMP.test(text)) return false;
  const moment = new Date(text);
  return !Number.isNaN(moment.getTime()) && moment.toISOString().startsWith(text.slice(0, 19));
}

/** The fields of a JSON object, unchanged. Throws {@link ClaimError} `not_json` or `duplicate`. */
export function objectOf(bytes: Uint8Array): ReadonlyMap<string, unknown> {
  try {
    const value = parseStrictJson(bytes, { maxBytes: MAX_CLAIM_BYTES, maxDepth: 4 });
    if (typeof value === "object" && value !== null && !Array.isArray(value)) {
      return new Map(Object.entries(value));
    }
  } catch (cause) {
    if (!(cause instanceof StrictJsonError)) throw cause;
    const code = cause.code === "duplicate_key" ? "duplicate" : "not_json";
    throw new ClaimError(code, `Cannot read claim: ${cause.message}`, undefined, { cause });
  }
  throw new ClaimError("not_json", "Cannot read claim: it must be a JSON object");
}

/** The fields of one claim. Each method reads a field by one rule. */
export class ClaimFields {
  constructor(private readonly values: ReadonlyMap<string, unknown>) {}

  has(field: string): boolean {
    return this.values.has(field);
  }

  constant(field: string, expected: string): void {
    if (this.#text(field) === expected) return;
    throw new ClaimError(
      field === "version" ? "version" : "field",
      `Cannot read claim: ${field} must be "${expected}"`,
      field,
    );
  }

  words(field: string): string {
    return this.#text(field, /^[^]+$/, "text that is not empty");
  }

  hex(field: string, digits: number): string {
    return this.#text(
      field,
      new RegExp(`^0x[0-9a-fA-F]{${digits}}$`),
      `0x and ${digits} hex digits`,
    );
  }

  address(field: string): Address {
    return this.hex(field, 40).toLowerCase() as Address;
  }

  timestamp(field: string): string {
    const text = this.#text(field, TIMESTAMP, "YYYY-MM-DDTHH:MM:SS(.mmm)Z");
    if (isMoment(text)) return text;
    throw this.#refused(field, "a real moment");
  }

  amount(field: string): bigint {
    const value = BigInt(this.#text(field, /^(?:0|[1-9]\d{0,77})$/, "a decimal string of units"));
    if (value <= MAX_UINT256) return value;
    throw this.#refused(field, "at most 2^256 - 1");
  }

  integer(field: string, min: number): number {
    const value = this.values.get(field);
    if (typeof value === "number" && Number.isSafeInteger(value) && value >= min) return value;
    throw this.#refused(field, `a JSON number, whole, safe and ${min} or more`);
  }

  #text(field: string, pattern = /^/, rule = "text"): string {
    const value = this.values.get(field);
    if (typeof value === "string" && pattern.test(value)) return value;
    throw this.#refused(field, rule);
  }

  #refused(field: string, rule: string): ClaimError {
    const what = this.has(field) ? "must be" : "is missing; it must be";
    return new ClaimError("field", `Cannot read claim: ${field} ${what} ${rule}`, field);
  }
}
