/**
 * The error for a wallet's file or a key that cannot be used.
 *
 * @module
 */
import { crossesPorts } from "../../base/ports/error_classes.ts";

/** A file of secrets that cannot be used. The message names the problem, but never a value or the path. */
export class KeyFileError extends Error {
  /** `KeyFileError`. */
  override readonly name = "KeyFileError";
  /** A stable code. */
  readonly code:
    | "no_file"
    | "not_a_file"
    | "mode"
    | "owner"
    | "too_large"
    | "not_text"
    | "wallet_format"
    | "missing"
    | "unreadable"
    | "bad_option"
    | "asked_twice"
    | "too_short"
    | "exists"
    | "bad_key";
  /** Makes a refusal with its code. */
  constructor(code: KeyFileError["code"], message: string) {
    super(message);
    this.code = code;
  }
}

crossesPorts<KeyFileError>(
  "KeyFileError",
  ({ code, message }) => new KeyFileError(code, message),
);
