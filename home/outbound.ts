/**
 * The outbound pipeline of a home: jobSource → eventSigner → toonEncoder → prepareSink.
 *
 * @module
 */
import { windowOf } from "../money/payer/spending_limits.ts";
import type { Home } from "./home.ts";
import { outboundStages } from "./outbound_stages.ts";
import type { ServiceHandle } from "../runtime/hosted_service.ts";
import type { ConnectorOptions } from "./local/connector.ts";
import type { ProviderReceive } from "./local/provider_terminal.ts";
import type { LocalServiceSpec, Pipeline } from "../runtime/pipeline_spec.ts";

/** How it runs. */
export interface OutboundOptions {
  /** True if the pipeline continues when the outbox is empty. */
  readonly follow: boolean;
  /** Set for a provider, which also receives packets over the connector's session. */
  readonly receive?: ProviderReceive;
  /** A provider's skill catalog. */
  readonly offers?: ServiceHandle;
}

/** Starts it. */
export function startOutbound(home: Home, options: OutboundOptions): Promise<Pipeline> {
  const { profile } = home.options;
  const { services } = home;
  // A payment asks both before it signs. They start beside the stages.
  services.manager?.wake?.();
  services.chain.wake?.();
  const connector: LocalServiceSpec = {
    local: "connector",
    needs: [
      "store",
      "signer",
      "chain",
      "relayReader",
      ...(services.manager === null ? [] : ["manager"]),
      ...(options.offers === undefined ? [] : ["offers"]),
    ],
    options: connectorOptionsOf(home, options.receive ?? null),
  };
  return home.supervisor.pipeline({
    name: "outbound",
    stages: outboundStages(home.options, options),
    services: {
      store: services.store,
      signer: services.signer,
      chain: services.chain,
      relayReader: services.relayReader,
      ...(services.manager === null ? {} : { manager: services.manager }),
      ...(options.offers === undefined ? {} : { offers: options.offers }),
      jobLogs: services.jobLogs,
      quotes: services.quotes,
      // Where writes are paid, the packet that pays a job also carries its request.
      relayCopies: profile.write === "nostr" ? services.relayCopies : null,
      connector,
      intake: { local: "intake" },
      results: { local: "results" },
    },
    quarantine: "store",
  });
}

/** The options of a home's connector session, from its profile. */
export function connectorOptionsOf(
  home: Pick<Home, "options" | "identity" | "spending">,
  receive: ProviderReceive | null,
): ConnectorOptions {
  const { profile } = home.options;
  const { peer } = profile;
  const { chainId, tokenNetworkAddress, tokenAddress = null, unitsPerNative } = profile.chain;
  return {
    url: profile.connectorBtp,
    reaches: profile.connectorReaches ?? [],
    more: profile.moreConnectors ?? [],
    network: profile.name,
    auth: profile.connectorAuth,
    wire: profile.wire,
    peerRule: profile.peerRule,
    channel: peer === null ? null : { channelId: peer.channelId, peerAddress: peer.address },
    chain: { chainId, tokenNetworkAddress, tokenAddress },
    senderId: home.identity.pubkey,
    maxFrameBytes: home.options.limits.frameBytes,
    spending: home.spending,
    windowUnits: windowOf(home.spending),
    receive: receive && { unitsPerNative, ...receive },
  };
}
