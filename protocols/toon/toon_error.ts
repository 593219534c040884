/**
 * The error of the TOON codec. Pure.
 *
 * @module
 */

/**
 * Why bytes are no document, or a value has no bytes. `bad_toon` and `bad_json` are the decoders' own refusals, `too_complex`
 * a document that is small and yet costs too much to decode.
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
 * A document that cannot be decoded or a value that cannot be encoded. The message never quotes the document.
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
  /** What is wrong, stable. */
  readonly code: ToonErrorCode;
  /** Line of the document, counted from 1, where the decoder tells one. */
  readonly line: number | undefined;
  /** Makes an error with its code. */
  constructor(code: ToonErrorCode, message: string, options?: ErrorOptions & { line?: number }) {
    super(message, options);
    this.code = code;
    this.line = options?.line;
  }
}
