/**
 * The relay session of relaySource, in its own worker. It holds no key; for NIP-42 it asks the signer.
 *
 * @module
 */
import { createRelayService, type RelayService } from "../../peers/relay/open_relay_session.ts";
import type { Signer } from "../../money/signer/signer.ts";

/** Makes the session factory. */
export default function relay(
  _options: unknown,
  services: { readonly signer?: Signer },
): RelayService {
  return createRelayService({ signer: services.signer ?? null });
}
