/**
 * The error class of relay sessions, with stable codes.
 *
 * @module
 */

import { crossesPorts } from "../../base/ports/error_classes.ts";
import type { ReasonPrefix } from "../../protocols/nostr/reason.ts";

/**
 * Codes of {@link RelayError}. `noticed`: no answer came in time, but a NOTICE, which names no event. The messages of `closed_by_relay`,
 * `noticed` and `auth_refused` contain the relay's own message.
 */
type RelayErrorCode =
  | "bad_url"
  | "insecure_url"
  | "unreachable"
  | "timeout"
  | "noticed"
  | "closed_by_relay"
  | "auth_required"
  | "auth_refused"
  | "session_closed"
  | "too_large"
  | "bad_option";

/** An error of a relay session. Its message names the relay and contains no secret. */
export class RelayError extends Error {
  override readonly name = "RelayError";
  /** A stable code. */
  readonly code: RelayErrorCode;
  /** The prefix of the relay's message (`restricted`, `rate-limited`...); null if the relay sent none. */
  readonly prefix: ReasonPrefix | null;
  /** Makes an error with its code. */
  constructor(
    code: RelayErrorCode,
    message: string,
    options: ErrorOptions & { readonly prefix?: ReasonPrefix } = {},
  ) {
    super(message, options);
    this.code = code;
    this.prefix = options.prefix ?? null;
  }
}

crossesPorts<RelayError>(
  "RelayError",
  ({ code, message }) => new RelayError(code, message),
);

/**
 * What to do after a refused REQ or EVENT, by its prefix. Only this function decides it. `mayProve` is true if the relay sent a challenge
 * on this connection that was not answered yet. Then we authenticate after every refusal that may depend on our key, because some relays in
 * use send other prefixes where NIP-42 requires `auth-required`.
 */
export function reactionTo(
  prefix: ReasonPrefix,
  mayProve: boolean,
): "authenticate" | "again" | "give_up" {
  switch (prefix) {
    case "auth-required":
      return "authenticate";
    case "restricted":
    case "blocked":
    case "other":
      return mayProve ? "authenticate" : "give_up";
    case "error":
    case "none":
      return mayProve ? "authenticate" : "again";
    case "rate-limited":
    case "duplicate":
      return "again";
    default:
      return "give_up";
  }
}
