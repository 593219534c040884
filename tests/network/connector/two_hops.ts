/**
 * Two connectors in a row, each with its own stores, signers and sockets: customer, near (dials), far (the rig's), provider.
 */
import type { WireName } from "../../../protocols/wires/names.ts";
import { type Connector, startConnector } from "../../../network/connector/connector.ts";
import type { ConnectorOptions } from "../../../network/connector/connector_options.ts";
import type { Terminal } from "../../../money/receiver/terminal.ts";
import { systemTimers } from "../../../base/timers.ts";
import {
  type ConnectorClient,
  connectorClient,
  type ConnectorClientOptions,
} from "../../../peers/connector/connector_client.ts";
import {
  CHAIN_ID,
  channelBetween,
  type Party,
  party,
  type Rig,
  rig,
  TOKEN,
  TOKEN_NETWORK,
} from "./rig.ts";
import { countingTerminal } from "./counting_terminal.ts";
import { until } from "../../until.ts";
import { steadyPorts } from "../../steady_ports.ts";

export interface TwoHops extends AsyncDisposable {
  readonly far: Rig;
  readonly customer: Party;
  near: Connector;
  startNear(more?: Partial<ConnectorOptions>): Promise<Connector>;
  customerClient(options?: Partial<ConnectorClientOptions>): ConnectorClient;
  /** The provider behind far, ready to receive. */
  provide(terminal: Terminal): Promise<void>;
}

export async function twoHops(
  options: {
    readonly wire?: WireName;
    readonly near?: Partial<ConnectorOptions>;
    readonly far?: Partial<ConnectorOptions>;
    readonly terminal?: ReturnType<typeof countingTerminal>;
  } = {},
): Promise<TwoHops> {
  const { wire = "interledger" } = options;
  const far = await rig({
    routes: [
      { prefix: "test.hub.relay", to: { terminal: "relay" } },
      { prefix: "test.hub.provider", to: { peer: "provider" } },
      { prefix: "test.near", to: { peer: "buyer" } },
    ],
    ...options.far,
  }, options.terminal);
  // The rig's buyer is the near connector here: it pays far as any other peer does.
  const nearParty = far.buyer;
  const customer = await party("customer", far.root);
  const channel = channelBetween(customer, nearParty, 50);
  far.facts.set(channel.channelId, channel);
  const chain = { channel: (id: string) => Promise.resolve(far.facts.get(id) ?? null) };
  const clients = new Set<ConnectorClient>();
  // It starts again at the same address.
  const [port] = steadyPorts(1);
  const made: TwoHops = {
    far,
    customer,
    near: undefined as unknown as Connector,
    async startNear(more = {}) {
      made.near = await startConnector({
        ilpAddress: "test.near",
        listen: { hostname: "127.0.0.1", port },
        chain: { chainId: CHAIN_ID, tokenNetworkAddress: TOKEN_NETWORK, tokenAddress: TOKEN },
        peers: [
          {
            username: "customer",
            token: "customer token",
            channelId: channel.channelId,
            peerAddress: customer.address,
          },
          {
            username: "far",
            token: "",
            channelId: far.channels.buyer.channelId,
            peerAddress: far.hub.address,
            settlementAddress: far.hub.address,
            dial: {
              url: far.connector.url,
              wire,
              auth: { username: "buyer", token: "buyer token" },
            },
          },
        ],
        routes: [
          { prefix: "test", to: { peer: "far" } },
          { prefix: "test.near.customer", to: { peer: "customer" } },
        ],
        minSettlementTimeoutS: 3_600,
        expiryMarginMs: 100,
        ...options.near,
        ...more,
      }, {
        store: nearParty.store,
        signer: nearParty.signer,
        chain,
        timers: systemTimers,
        log: () => {},
        terminals: {},
      });
      await until(() => made.near.status().sessions.some(({ dialed, proven }) => dialed && proven));
      return made.near;
    },
    customerClient(more = {}) {
      const client = connectorClient({
        url: made.near.url,
        auth: { username: "customer", token: "customer token" },
        wire,
        peerRule: "credit",
        channel: { channelId: channel.channelId, peerAddress: nearParty.address },
        chain: { chainId: CHAIN_ID, tokenNetworkAddress: TOKEN_NETWORK, tokenAddress: TOKEN },
        senderId: "customer",
        ...more,
      }, {
        store: customer.store,
        signer: customer.signer,
        chain,
        timers: systemTimers,
        random: () => 0,
        log: () => {},
      });
      clients.add(client);
      return client;
    },
    async provide(terminal) {
      far.client({
        wire,
        receive: { terminal, ilpAddress: "test.hub.provider", minSettlementTimeoutS: 3_600 },
      }, far.provider);
      await until(() =>
        far.connector.status().sessions.some(({ username, proven }) =>
          username === "provider" && proven
        )
      );
    },
    async [Symbol.asyncDispose]() {
      for (const client of clients) await client.close();
      await made.near.close();
      await customer.store.close();
      await far[Symbol.asyncDispose]();
    },
  };
  await made.startNear();
  return made;
}
