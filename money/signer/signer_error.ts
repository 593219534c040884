/**
 * What the signer refuses, as one error class with a stable code.
 *
 * @module
 */
import { crossesPorts } from "../../base/ports/error_classes.ts";

/** A signer's refusal; the message names no key. */
export class SignerError extends Error {
  /** `SignerError`. */
  override readonly name = "SignerError";
  /**
   * `ceiling`: above a hard ceiling. `nonce`: not above the last one. `foreign_pubkey`: an event of somebody else.
   * `not_allowed`: chain or contract not on the allow list. `bad_field`: breaks its rule. `locked`: no keys, or destroyed. `wrong_passphrase`: they do not open.
   * `snapshot`: not sealed by this key.
   */
  readonly code:
    | "ceiling"
    | "nonce"
    | "foreign_pubkey"
    | "not_allowed"
    | "bad_field"
    | "locked"
    | "wrong_passphrase"
    | "snapshot";
  /** Makes a refusal with its code. */
  constructor(code: SignerError["code"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

crossesPorts(
  "SignerError",
  ({ code, message }) => new SignerError(code as SignerError["code"], message),
);
