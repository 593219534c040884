/**
 * The relay reader in a worker of its own: it reaches the relay and nothing else.
 *
 * @module
 */
import { defineService } from "../base/service.ts";
import { parseRelayUrl } from "../peers/relay/relay_url.ts";
import type { Signer } from "../money/signer/signer.ts";
import type { RelayReader } from "./relay_questions.ts";

/** Whom it asks when a relay wants to know who we are (NIP-42); without one such a relay is not read. */
interface RelayReaderRemotes {
  /** Proves our identity. */
  readonly signer?: Signer;
}

/** Which relay. */
interface RelayReaderOptions {
  /** `wss://`, or `ws://` on this machine. */
  readonly relayUrl: string;
}

/** For the host: the service `relay-reader`. */
export const definition = defineService({
  name: "relay-reader",
  methods: ["publish", "reach", "readBack", "peerInfo", "announcements", "traffic"] as const,
  services: ["signer"] as const,
  permissions: (options: RelayReaderOptions) => ({ net: [relayHost(options.relayUrl)] }),
  async start(
    options: RelayReaderOptions,
    { signer }: RelayReaderRemotes,
    context: { readonly clock: () => number },
  ): Promise<RelayReader> {
    // Loaded where it runs: the supervisor reads this file for its permissions alone.
    const { openRelaySession } = await import("../peers/relay/open_relay_session.ts");
    const { relayReader } = await import("./relay_reader.ts");
    const session = openRelaySession({
      url: options.relayUrl,
      clock: context.clock,
      signer: signer ?? null,
    });
    const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
    return relayReader(session, { sleep });
  },
});

/** The same without a wallet, for what anybody may read. */
export const anonymousDefinition = { ...definition, services: [] as const };

/** `host:port` of a relay, as Deno's `net` permission wants it. */
export function relayHost(relayUrl: string): string {
  return parseRelayUrl(relayUrl).host;
}
