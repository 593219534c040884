/**
 * Why the content of a result is not read.
 *
 * @module
 */

/** A result whose content is not what its kind has. */
export class ResultContentError extends Error {
  /** The class, for errors that crossed a port. */
  override readonly name = "ResultContentError";
  /** Stable. */
  readonly code = "malformed_content";
}
