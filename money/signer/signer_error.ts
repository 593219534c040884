/**
 * What the signer refuses, as one error class with a stable code.
 *
 * @module
 */
import { crossesPorts } from "../../base/ports/error_classes.ts";
import { type AboveCeiling, aboveCeilingOf, ceilingFigures } from "./above_ceiling.ts";

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
  /** The amount and the ceiling that it exceeds, for a caller that knows the asset; null for other refusals. */
  readonly above: AboveCeiling | null;
  /** {@link SignerError.above} as it crosses a port. */
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

crossesPorts(
  "SignerError",
  ({ code, message, figures }) =>
    new SignerError(code as SignerError["code"], message, { above: aboveCeilingOf(figures) }),
);
