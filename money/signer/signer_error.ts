/**
 * The signer's refusals, as one error class with stable codes.
 *
 * @module
 */
import { crossesPorts } from "../../base/ports/error_classes.ts";
import { type AboveCeiling, aboveCeilingOf, ceilingFigures } from "./above_ceiling.ts";

/** A signer's refusal. The message contains no key. */
export class SignerError extends Error {
  /** `SignerError`. */
  override readonly name = "SignerError";
  /**
   * `ceiling`: above a hard ceiling. `nonce`: not above the last one. `foreign_pubkey`: an event of another author. `not_allowed`: chain or
   * contract not on the allow list. `bad_field`: an invalid field. `locked`: destroyed, or too many wrong passphrases. `wrong_passphrase`:
   * the passphrase does not open the keys. `wallet_format`: the file is no wallet, or its keys are not valid. `unopened`: the wallet could
   * not be opened for another reason, such as too little memory. `snapshot`: not sealed by this key.
   */
  readonly code:
    | "ceiling"
    | "nonce"
    | "foreign_pubkey"
    | "not_allowed"
    | "bad_field"
    | "locked"
    | "wrong_passphrase"
    | "wallet_format"
    | "unopened"
    | "snapshot";
  /** The amount and the ceiling that it exceeds, for a caller that knows the asset. Null for other refusals. */
  readonly above: AboveCeiling | null;
  /** {@link SignerError.above} in the form that crosses a port. */
  readonly figures: Readonly<Record<string, string>> | undefined;
  /** Makes a refusal with its code. */
  constructor(
    code: SignerError["code"],
    message: string,
    { above = null, ...options }: ErrorOptions & { readonly above?: AboveCeiling | null } = {},
  ) {
    super(message, options);
    this.code = code;
    this.above = above;
    this.figures = above === null ? undefined : ceilingFigures(above);
  }
}

crossesPorts<SignerError>(
  "SignerError",
  ({ code, message, figures }) =>
    new SignerError(code, message, { above: aboveCeilingOf(figures) }),
);
