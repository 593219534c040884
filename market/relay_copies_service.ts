/**
 * Writes events to relays that others named, in its own worker. The worker may reach exactly these relays and holds no key.
 *
 * @module
 */
import { defineService } from "../base/service.ts";
import { parseRelayUrl } from "../peers/relay/relay_url.ts";
import type { RelayCopies } from "./relay_copies.ts";

/** The options of the service. */
interface RelayCopiesOptions {
  /** The addresses of the relays. */
  readonly relayUrls: readonly string[];
}

/** For the host: the service `relay-copies`. */
export const definition = defineService<RelayCopiesOptions, RelayCopies>({
  name: "relay-copies",
  methods: ["write"],
  permissions: ({ relayUrls }) => ({
    net: [...new Set(relayUrls.map((url) => parseRelayUrl(url).host))],
  }),
  async start(_options, _services, { clock }) {
    // Imported here, because the supervisor loads this file only for its permissions.
    const [{ openRelaySession }, { relayCopies }] = await Promise.all([
      import("../peers/relay/open_relay_session.ts"),
      import("./relay_copies.ts"),
    ]);
    return relayCopies((url) => openRelaySession({ url, clock, signer: null }));
  },
});
