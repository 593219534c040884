/**
 * The error of invalid claims.
 *
 * @module
 */

/**
 * The bytes are not a valid claim.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { parseClaim } from "./claim.ts";
 * import { ClaimError } from "./claim_error.ts";
 *
 * assert.throws(() => parseClaim(new TextEncoder().encode("[]")), ClaimError);
 * ```
 */
export class ClaimError extends Error {
  /** `ClaimError`. */
  override readonly name = "ClaimError";
  /** `too_large`, `not_json` (also: not UTF-8, or not an object), `duplicate` (key), `version` or `field`. */
  readonly code: "too_large" | "not_json" | "duplicate" | "version" | "field";
  /** The invalid field, if it is one field. */
  readonly field: string | undefined;
  /** Makes an error with its code. The message contains no values. */
  constructor(code: ClaimError["code"], message: string, field?: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.field = field;
  }
}
