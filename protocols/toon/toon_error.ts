/**
 * The error of the TOON codec. Pure.
 *
 * @module
 */

/**
 * Why bytes cannot be decoded, or a value cannot be encoded. `bad_toon` and `bad_json`: the decoder refused the document. `too_complex`:
 * the document is small, but decoding it would take too long.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { decodeDocument } from "./decode.ts";
 * import { ToonError, type ToonErrorCode } from "./toon_error.ts";
 *
 * let code: ToonErrorCode | null = null;
 * try {
 *   decodeDocument(new Uint8Array([0xff]));
 * } catch (error) {
 *   if (error instanceof ToonError) code = error.code;
 * }
 * assert.equal(code, "not_utf8");
 * ```
 */
export type ToonErrorCode =
  | "too_large"
  | "not_utf8"
  | "too_deep"
  | "too_complex"
  | "bad_toon"
  | "bad_json"
  | "lone_surrogate"
  | "unencodable";

/**
 * The document cannot be decoded, or the value cannot be encoded. The message never quotes the document.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { decodeDocument } from "./decode.ts";
 * import { ToonError } from "./toon_error.ts";
 *
 * assert.throws(() => decodeDocument(new TextEncoder().encode("{")), ToonError);
 * ```
 */
export class ToonError extends Error {
  /** The class, for errors that crossed a port. */
  override readonly name = "ToonError";
  /** The stable code of the reason. */
  readonly code: ToonErrorCode;
  /** The line of the document, counted from 1, if the decoder reports it. */
  readonly line: number | undefined;
  /** Makes an error with its code. */
  constructor(code: ToonErrorCode, message: string, options?: ErrorOptions & { line?: number }) {
    super(message, options);
    this.code = code;
    this.line = options?.line;
  }
}
