/**
 * What can go wrong with a relay, as one error class with a stable code.
 *
 * @module
 */

import { crossesPorts } from "../../base/ports/error_classes.ts";
import type { ReasonPrefix } from "../../protocols/nostr/reason.ts";

/** Codes of {@link RelayError}. `noticed`: no answer in time, but a NOTICE, which names no event. `closed_by_relay`, `noticed` and `auth_refused` carry the relay's own words. */
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

/** A relay session's refusal; the message names the relay and no secret. */
export class RelayError extends Error {
  override readonly name = "RelayError";
  /** A stable code. */
  readonly code: RelayErrorCode;
  /** What the relay's words begin with (`restricted`, `rate-limited`...); null where it said nothing. */
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

crossesPorts(
  "RelayError",
  ({ code, message }) => new RelayError(code as RelayError["code"], message),
);

/**
 * What a refused REQ or EVENT calls for, computed from its prefix in this one place. `mayProve`: the relay gave a challenge on this connection
 * that nobody answered yet. Then every refusal that may depend on who asks calls for a proof, because relays in use have other words
 * where NIP-42 has `auth-required`.
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
