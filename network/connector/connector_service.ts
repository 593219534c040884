/**
 * The connector as a service in a worker of its own: it may listen at its one address and nothing else; store, signer, chain and
 * the relay behind its local route are asked over ports.
 *
 * @module
 */
import { defineService } from "../../pipeline/service.ts";
import type { Chain } from "../../services/chain/chain.ts";
import type { Terminal } from "../../services/channel/terminal.ts";
import type { Signer } from "../../services/signer/signer.ts";
import type { Store } from "../../services/store/store.ts";
import type { Connector } from "../connector.ts";
import type { PaidTerminalDeps } from "../relay/paid_terminal.ts";
import type { RemoteRelayServer } from "../relay/relay_service.ts";
import type { ConnectorOptions, ConnectorStatus } from "./connector_options.ts";

/** What the host says; everything survives a structured clone. */
export interface ConnectorServiceOptions extends ConnectorOptions {
  /** The relay's price; routes name its terminal `relay`. Null where no relay is local. */
  readonly relay: Pick<PaidTerminalDeps, "priceUnitsPerByte" | "kindPrices"> | null;
}

/** What the service works with. */
export interface ConnectorServices {
  readonly store: Store;
  readonly signer: Signer;
  readonly chain: Chain;
  /** Where `options.relay` is set: the relay and the signer with the relay's own key. */
  readonly relay?: RemoteRelayServer;
  readonly relaySigner?: Signer;
}

/** The connector as others call it over a port. */
export interface RemoteConnector {
  /** Where it listens. */
  address(): { readonly port: number; readonly url: string };
  /** Sessions, channels, accounts and routes as they are now. */
  status(): ConnectorStatus;
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
    net: [`${hostname.includes(":") ? `[${hostname}]` : hostname}:${port}`],
  }),
  methods: ["address", "status"],
  services: ["store", "signer", "chain", "relay", "relaySigner"],
  async start(options, { store, signer, chain, relay, relaySigner }, { log }) {
    // Loaded where it runs: the supervisor reads this file for its permissions alone.
    const [{ startConnector }, { paidTerminal }, { systemTimers }] = await Promise.all([
      import("../connector.ts"),
      import("../relay/paid_terminal.ts"),
      import("../../services/channel/timers.ts"),
    ]);
    const local: Readonly<Record<string, Terminal>> = options.relay !== null && relay && relaySigner
      ? {
        relay: paidTerminal({
          relay,
          signer: relaySigner,
          priceUnitsPerByte: options.relay.priceUnitsPerByte,
          kindPrices: options.relay.kindPrices,
        }),
      }
      : {};
    const connector: Connector = await startConnector(options, {
      store,
      signer,
      chain,
      log,
      timers: systemTimers,
      terminals: local,
    });
    return {
      address: () => ({ port: connector.port, url: connector.url }),
      status: () => connector.status(),
      close: () => connector.close(),
    };
  },
  stop: (connector) => connector.close(),
});
