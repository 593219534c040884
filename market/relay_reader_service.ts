/**
 * The relay reader in its own worker. It can reach the relay and nothing else.
 *
 * @module
 */
import { defineService } from "../base/service.ts";
import { parseRelayUrl } from "../peers/relay/relay_url.ts";
import type { Signer } from "../money/signer/signer.ts";
import type { RelayReader } from "./relay_questions.ts";

/** The signer that answers a relay's AUTH (NIP-42). Without a signer, a relay that requires AUTH cannot be read. */
interface RelayReaderRemotes {
  /** Proves this home's identity. */
  readonly signer?: Signer;
}

/** The relays that are read. */
interface RelayReaderOptions {
  /** The URL of the home's own relay: `wss://`, or `ws://` on this machine. */
  readonly relayUrl: string;
  /** Further relays, which are asked for announcements. */
  readonly moreRelays?: readonly string[];
}

/** For the host: the service `relay-reader`. */
export const definition = defineService({
  name: "relay-reader",
  shares: true,
  methods: [
    "publish",
    "reach",
    "readBack",
    "answered",
    "peerInfo",
    "announcements",
    "relayList",
    "messageRelays",
    "inbox",
    "wraps",
    "reviews",
    "followedPeers",
    "answers",
    "traffic",
  ] as const,
  services: ["signer"] as const,
  permissions: (options: RelayReaderOptions) => ({
    net: [...new Set([options.relayUrl, ...options.moreRelays ?? []].map(relayHost))],
  }),
  async start(
    options: RelayReaderOptions,
    { signer }: RelayReaderRemotes,
    context: { readonly clock: () => number },
  ): Promise<RelayReader> {
    // Imported here, because the supervisor loads this file only for its permissions.
    const { openRelaySession } = await import("../peers/relay/open_relay_session.ts");
    const { relayReader } = await import("./relay_reader.ts");
    const open = (url: string) =>
      openRelaySession({ url, clock: context.clock, signer: signer ?? null });
    const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
    const further = (options.moreRelays ?? []).map(open);
    return relayReader(open(options.relayUrl), { sleep }, further);
  },
});

/** The same service without a wallet, for public events. */
export const anonymousDefinition = { ...definition, services: [] as const };

/** `host:port` of a relay, in the form of Deno's `net` permission. */
export function relayHost(relayUrl: string): string {
  return parseRelayUrl(relayUrl).host;
}
