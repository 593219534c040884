/**
 * Opens a session with a relay.
 *
 * @module
 */
import { LiveSession } from "./live_session.ts";
import { RelaySession, RelaySessionOptions } from "./relay_session.ts";

/** Opens sessions; what stages are given as their `relay` service. */
export interface RelayService {
  /** A session of its own for every call; see {@link openRelaySession}. */
  open(options: RelaySessionOptions): RelaySession;
}

/** The {@link RelayService} of a process: `defaults` (signer, clock, limits...) hold where the caller says nothing. */
export function createRelayService(
  defaults: Omit<RelaySessionOptions, "url"> = {},
): RelayService {
  return { open: (options) => openRelaySession({ ...defaults, ...options }) };
}

/**
 * Opens a session and begins to connect.
 *
 * @throws {RelayError} `bad_url`, `insecure_url`; a relay that is not there is no error but a status.
 */
export function openRelaySession(options: RelaySessionOptions): RelaySession {
  return new LiveSession(options);
}
