/**
 * What is wrong with bytes that are no claim.
 *
 * @module
 */

/**
 * Bytes that are no claim.
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
  /** `too_large`, `not_json` (or not UTF-8, or no object), `duplicate`, `version` or `field`. */
  readonly code: "too_large" | "not_json" | "duplicate" | "version" | "field";
  /** The field, where it is one field's fault. */
  readonly field: string | undefined;
  /** Makes a refusal with its code; values are not repeated. */
  constructor(code: ClaimError["code"], message: string, field?: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.field = field;
  }
}
