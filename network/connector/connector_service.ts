/**
 * The connector as a service in a worker of its own: it may listen at its one address and nothing else; store, signer, chain and
 * the relay behind its local route are asked over ports.
 *
 * @module
 */
import { hostAndPort } from "../../base/urls.ts";
import { defineService } from "../../base/service.ts";
import type { SettlementMaps } from "../../protocols/nostr/settlement_maps.ts";
import type { EvmChain } from "../../money/evm/chain_connection.ts";
import type { ChannelManager } from "../../money/claims/channel_manager.ts";
import type { Terminal } from "../../money/receiver/terminal.ts";
import type { Signer } from "../../money/signer/signer.ts";
import type { Store } from "../../store/store.ts";
import type { Connector } from "./connector.ts";
import type { PaidTerminalDeps } from "../relay/paid_terminal.ts";
import type { RemoteBlobServer } from "../relay/blob_server_service.ts";
import type { RemoteRelayServer } from "../relay/relay_service.ts";
import type { ConnectorOptions, ConnectorStatus, PeerOptions } from "./connector_options.ts";

/** What the host says; everything survives a structured clone. */
export interface ConnectorServiceOptions extends ConnectorOptions {
  /** The relay's price; routes name its terminal `relay`. Null where no relay is local. */
  readonly relay:
    | Pick<PaidTerminalDeps, "priceUnitsPerByte" | "kindPrices"> & {
      /** What a MiB of storage for blobs costs, where the relay sells it. */
      readonly blobUnitsPerMib?: bigint;
    }
    | null;
  /** What the relay's key says of both by kind 10032, and answers by SPSP; says nothing where it is missing. */
  readonly announce?: RelayAnnouncement;
}

/** How a relay and its connector are announced; the settlement address is the connector's own. */
interface RelayAnnouncement {
  /** Where writes are paid. */
  readonly ilpAddress: string;
  readonly relayUrl: string;
  /** Where the connector is reached from outside; where it listens unless told. */
  readonly btpEndpoint?: string;
  readonly asset: { readonly code: string; readonly scale: number };
  readonly tokenAddress: string;
}

/** What the service works with. */
interface ConnectorServices {
  readonly store: Store;
  readonly signer: Signer;
  readonly chain: EvmChain;
  /** Where there is a chain to keep channels on. */
  readonly manager?: ChannelManager;
  /** Where `options.relay` is set: the relay and the signer with the relay's own key. */
  readonly relay?: RemoteRelayServer;
  readonly relaySigner?: Signer;
  /** Where `options.relay.blobUnitsPerMib` is set. */
  readonly blobServer?: RemoteBlobServer;
}

/** The connector as others call it over a port. */
export interface RemoteConnector {
  /** Where it listens. */
  address(): { readonly port: number; readonly url: string };
  /** Sessions, channels, accounts and routes as they are now. */
  status(): ConnectorStatus;
  /** As in {@link Connector}. */
  addPeer(peer: PeerOptions, prefix: string): Promise<void>;
  close(): Promise<void>;
}

/** Names the service for the host. */
export const definition = defineService<
  ConnectorServiceOptions,
  RemoteConnector,
  ConnectorServices
>({
  name: "connector",
  permissions: ({ listen: { hostname, port } }) => ({
    net: [hostAndPort(hostname, port)],
  }),
  methods: ["address", "status", "addPeer"],
  services: ["store", "signer", "chain", "relay", "relaySigner"],
  optionalServices: ["manager", "blobServer"],
  async start(options, services, { log }) {
    const { store, signer, chain, manager, relay, relaySigner, blobServer } = services;
    // Loaded where it runs: the supervisor reads this file for its permissions alone.
    const [{ startConnector }, { paidTerminal }, { systemTimers }, { startAnnouncer }] =
      await Promise.all([
        import("./connector.ts"),
        import("../relay/paid_terminal.ts"),
        import("../../base/timers.ts"),
        import("./announcer.ts"),
      ]);
    const said = options.announce;
    const { paymentAddress } = await signer.identity();
    const settlement = said && settlementOf(options.chain, said, paymentAddress);
    const answering = async (terminal: Terminal): Promise<Terminal> => {
      if (!said || !settlement || !relaySigner) return terminal;
      const [{ spspTerminal }, { spspResponder }, { createVerifier }] = await Promise.all([
        import("../relay/spsp_terminal.ts"),
        import("../../market/terms/spsp_responder.ts"),
        import("../../protocols/nostr/verifier.ts"),
      ]);
      const responder = spspResponder({
        signer: relaySigner,
        ilpAddress: said.ilpAddress,
        settlement,
        settlementTimeoutS: options.minSettlementTimeoutS ?? 86_400,
        clock: systemTimers.now,
        uuid: () => crypto.randomUUID(),
        random: (bytes) => crypto.getRandomValues(new Uint8Array(bytes)),
      });
      const verifier = await createVerifier();
      return spspTerminal(terminal, { responder, verifier, signer: relaySigner });
    };
    const local: Readonly<Record<string, Terminal>> = options.relay !== null && relay && relaySigner
      ? {
        relay: await answering(paidTerminal({
          relay,
          signer: relaySigner,
          priceUnitsPerByte: options.relay.priceUnitsPerByte,
          kindPrices: options.relay.kindPrices,
          ...options.relay.blobUnitsPerMib !== undefined && blobServer !== undefined &&
            { blobs: { server: blobServer, unitsPerMib: options.relay.blobUnitsPerMib } },
        })),
      }
      : {};
    const connector: Connector = await startConnector(options, {
      store,
      signer,
      chain,
      ...(manager === undefined ? {} : { manager, evm: chain }),
      log,
      timers: systemTimers,
      terminals: local,
    });
    const announcer = said && settlement && relay && relaySigner
      ? await startAnnouncer({
        ilpAddress: said.ilpAddress,
        btpEndpoint: said.btpEndpoint ?? connector.url.replace(/^btp\+/, ""),
        relayUrl: said.relayUrl,
        assetCode: said.asset.code,
        assetScale: said.asset.scale,
        pricePerByteUnits: options.relay?.priceUnitsPerByte ?? null,
        ...settlement,
      }, { signer: relaySigner, relay, timers: systemTimers, log })
      : null;
    return {
      address: () => ({ port: connector.port, url: connector.url }),
      status: () => connector.status(),
      addPeer: (peer, prefix) => connector.addPeer(peer, prefix),
      async close() {
        await announcer?.stop();
        await connector.close();
      },
    };
  },
  stop: (connector) => connector.close(),
});

function settlementOf(
  { chainId, tokenNetworkAddress }: ConnectorOptions["chain"],
  { tokenAddress }: RelayAnnouncement,
  paymentAddress: string,
): SettlementMaps {
  const chain = `evm:${chainId}`;
  return {
    supportedChains: [chain],
    settlementAddresses: { [chain]: paymentAddress },
    preferredTokens: { [chain]: tokenAddress },
    tokenNetworks: { [chain]: tokenNetworkAddress },
  };
}
