/**
 * The error for a result whose content cannot be read.
 *
 * @module
 */

/** A result whose content does not match its kind. */
export class ResultContentError extends Error {
  /** The class, for errors that crossed a port. */
  override readonly name = "ResultContentError";
  /** Stable. */
  readonly code = "malformed_content";
}
