/**
 * Reads the fields of a request that comes over the control socket.
 *
 * @module
 */
import { ControlError } from "../../base/control_error.ts";

type Fields = Readonly<Record<string, unknown>>;

/** An object. Throws ControlError `bad_request`, as all readers here. */
export function fieldsOf(value: unknown): Fields {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Fields;
  throw refused("the request must hold an object");
}

/** A list of at most 4,096. */
export function listOf(value: unknown, field: string): unknown[] {
  if (Array.isArray(value) && value.length <= 4_096) return value;
  throw refused(`${field} must be a list`);
}

/** A text of 1 to `most` characters. */
export function textOf(value: unknown, field: string, most = 256): string {
  if (typeof value === "string" && value.length > 0 && value.length <= most) return value;
  throw refused(`${field} must be a text of 1 to ${most} characters`);
}

/** A whole number from 0. */
export function numberOf(value: unknown, field: string): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  throw refused(`${field} must be a whole number`);
}

/** An amount in base units. */
export function unitsOf(value: unknown): bigint {
  if (typeof value === "bigint" && value >= 0n && value < 10n ** 40n) return value;
  throw refused("an amount must be whole units, none below 0");
}

/** The refusal of a request. */
export function refused(why: string): ControlError {
  return new ControlError("bad_request", why);
}
