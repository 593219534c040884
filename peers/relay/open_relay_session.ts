/**
 * Opens a session with a relay.
 *
 * @module
 */
import { LiveSession } from "./live_session.ts";
import { RelaySession, RelaySessionOptions } from "./relay_session.ts";

/** Opens sessions. Stages get it as their `relay` service. */
export interface RelayService {
  /** Opens a separate session for every call; see {@link openRelaySession}. */
  open(options: RelaySessionOptions): RelaySession;
}

/** The {@link RelayService} of a process. `defaults` (signer, clock, limits...) apply to every option that a caller omits. */
export function createRelayService(
  defaults: Omit<RelaySessionOptions, "url"> = {},
): RelayService {
  return { open: (options) => openRelaySession({ ...defaults, ...options }) };
}

/**
 * Opens a session and begins to connect.
 *
 * @throws {RelayError} `bad_url`, `insecure_url`. A relay that cannot be reached is not an error: the session's status shows it.
 */
export function openRelaySession(options: RelaySessionOptions): RelaySession {
  return new LiveSession(options);
}
