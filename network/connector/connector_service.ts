/**
 * The connector as a service in its own worker, which may only listen at its one address. It calls store, signer, chain and the relay of
 * its local route over ports.
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
import type { PacketTracing } from "../../home/tracing/packet_tracing_service.ts";
import type { PaidTerminalDeps } from "../relay/paid_terminal.ts";
import type { RemoteBlobServer } from "../relay/blob_server_service.ts";
import type { RemoteRelayServer } from "../relay/relay_service.ts";
import type { ConnectorOptions, ConnectorStatus, PeerOptions } from "./connector_options.ts";

/** The options of the service. All values can be cloned (structured clone). */
export interface ConnectorServiceOptions extends ConnectorOptions {
  /** The relay's prices. Routes name its terminal `relay`. Null if there is no local relay. */
  readonly relay:
    | Pick<PaidTerminalDeps, "priceUnitsPerByte" | "kindPrices"> & {
      /** The price of a MiB of storage for blobs. Missing if the relay sells none. */
      readonly blobUnitsPerMib?: bigint;
    }
    | null;
  /** What the relay's key announces about relay and connector by kind 10032, and answers by SPSP. If missing, it does neither. */
  readonly announce?: RelayAnnouncement;
}

/** The announcement of a relay and its connector. The settlement address is that of the connector. */
interface RelayAnnouncement {
  /** The address to which writes are paid. */
  readonly ilpAddress: string;
  readonly relayUrl: string;
  /** The public address of the connector. Default: where it listens. */
  readonly btpEndpoint?: string;
  readonly asset: { readonly code: string; readonly scale: number };
  readonly tokenAddress: string;
}

/** The services that the connector calls. */
interface ConnectorServices {
  readonly store: Store;
  readonly signer: Signer;
  readonly chain: EvmChain;
  /** Present if a real chain has the channels. */
  readonly manager?: ChannelManager;
  /** Present if `options.relay` is set: the relay, and the signer with the relay's own key. */
  readonly relay?: RemoteRelayServer;
  readonly relaySigner?: Signer;
  /** Present if `options.relay.blobUnitsPerMib` is set. */
  readonly blobServer?: RemoteBlobServer;
  /** Present if traces are on. */
  readonly packetTracing?: Pick<PacketTracing, "add">;
}

/** The connector's interface over a port. */
export interface RemoteConnector {
  /** Where it listens. */
  address(): { readonly port: number; readonly url: string };
  /** Sessions, channels, accounts and routes now. */
  status(): ConnectorStatus;
  /** See {@link Connector}. */
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
  optionalServices: ["manager", "blobServer", "packetTracing"],
  async start(options, services, { log }) {
    const { signer, chain, manager, relay, relaySigner, blobServer, packetTracing } = services;
    // Only the worker loads these modules. The supervisor loads this file only to read the permissions.
    const [
      { startConnector },
      { paidTerminal },
      { systemTimers },
      { startAnnouncer },
      { mergedReads },
    ] = await Promise.all([
      import("./connector.ts"),
      import("../relay/paid_terminal.ts"),
      import("../../base/timers.ts"),
      import("./announcer.ts"),
      import("../../store/read_together.ts"),
    ]);
    const store = mergedReads(services.store);
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
    const trace = packetTracing && (await import("./packet_trace.ts")).packetTrace(
      systemTimers.now,
      // A connector works without its traces.
      (span) => void packetTracing.add(span).catch(() => undefined),
    );
    const connector: Connector = await startConnector(options, {
      store,
      signer,
      chain,
      ...(manager === undefined ? {} : { manager, evm: chain }),
      log,
      timers: systemTimers,
      terminals: local,
      ...(trace === undefined ? {} : { trace }),
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
