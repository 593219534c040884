/**
 * The error of malformed events.
 *
 * @module
 */

/** Makes an error. The message states the rule and the type of the value, never the value itself. */
export function fault(code: EventErrorCode, rule: string, value: unknown): EventError {
  return new EventError(code, `${rule} (got ${described(value)})`);
}

function described(value: unknown): string {
  if (typeof value === "string") return `${value.length} characters`;
  if (typeof value === "number") return String(value);
  if (Array.isArray(value)) return "an array";
  return value === null ? "null" : value === undefined ? "nothing" : `a ${typeof value}`;
}

/**
 * Which field of an event is invalid.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { parseEvent } from "./event.ts";
 * import { EventError, type EventErrorCode } from "./event_error.ts";
 *
 * const codes: EventErrorCode[] = [];
 * for (const value of [null, {}]) {
 *   try {
 *     parseEvent(value);
 *   } catch (error) {
 *     if (error instanceof EventError) codes.push(error.code);
 *   }
 * }
 * assert.deepEqual(codes, ["not_an_object", "bad_pubkey"]);
 * ```
 */
export type EventErrorCode =
  | "not_an_object"
  | "bad_id"
  | "bad_pubkey"
  | "bad_kind"
  | "bad_created_at"
  | "bad_tags"
  | "bad_content"
  | "bad_sig";

/**
 * The value is not a well-formed event. The message names the field and never quotes content.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { parseEvent } from "./event.ts";
 * import { EventError } from "./event_error.ts";
 *
 * assert.throws(() => parseEvent({ pubkey: "x" }), EventError);
 * ```
 */
export class EventError extends Error {
  /** The class, for errors that crossed a port. */
  override readonly name = "EventError";
  /** The stable code of the reason. */
  readonly code: EventErrorCode;
  /** Makes an error about one field. */
  constructor(code: EventErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
