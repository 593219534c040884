/**
 * The error class of blobs, with a stable code.
 *
 * @module
 */
import { crossesPorts } from "../base/ports/error_classes.ts";

/**
 * Codes of {@link BlobTransferError}. `wrong_hash`, `wrong_length`: other bytes arrived than were requested. `not_there`: no server has the
 * blob. `private_address`: the URL leads into a private network. `payment_required`: storage must be bought first.
 */
type BlobTransferErrorCode =
  | "bad_reference"
  | "too_large"
  | "wrong_hash"
  | "wrong_length"
  | "not_there"
  | "stalled"
  | "unreachable"
  | "redirected"
  | "private_address"
  | "payment_required"
  | "refused"
  | "malformed_answer"
  | "no_space"
  | "no_server"
  | "bad_key";

/** A blob that could not be stored or fetched. The message names the host and contains no secret. */
export class BlobTransferError extends Error {
  override readonly name = "BlobTransferError";
  /** A stable code. */
  readonly code: BlobTransferErrorCode;
  /** Makes an error with its code. */
  constructor(code: BlobTransferErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options);
    this.code = code;
  }
}

crossesPorts<BlobTransferError>(
  "BlobTransferError",
  ({ code, message }) => new BlobTransferError(code, message),
);
