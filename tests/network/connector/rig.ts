/**
 * A connector with real stores, signers and sockets, and clients of it, for tests.
 */
import { createHash } from "node:crypto";
import { loadSecp256k1 } from "../../../protocols/evm/secp256k1.ts";
import { channelIdOf } from "../../../protocols/evm/channel_id.ts";
import type { ChannelFacts } from "../../../money/evm/chain.ts";
import type { Terminal } from "../../../money/receiver/terminal.ts";
import { systemTimers } from "../../../base/timers.ts";
import {
  type ConnectorClient,
  connectorClient,
  type ConnectorClientDeps,
  type ConnectorClientOptions,
} from "../../../peers/connector/connector_client.ts";
import { createKeySigner, type KeySigner } from "../../../money/signer/key_signer.ts";
import { openSqliteStore } from "../../../store/sqlite_store.ts";
import type { OpenStore } from "../../../store/store.ts";
import { type Connector, startConnector } from "../../../network/connector/connector.ts";
import type {
  ConnectorDeps,
  ConnectorOptions,
} from "../../../network/connector/connector_options.ts";
import { steadyPorts } from "../../steady_ports.ts";
import { conditionFor, countingTerminal } from "./counting_terminal.ts";

export const CHAIN_ID = 31337;
export const TOKEN_NETWORK = `0x${"c1".repeat(20)}`;
export const TOKEN = `0x${"c2".repeat(20)}`;
export const DEPOSIT = 1_000_000n;

/** A party: keys, signer and store. */
export interface Party {
  readonly name: string;
  readonly address: string;
  signer: KeySigner;
  store: OpenStore;
  readonly folder: string;
  /** Closes signer and store and opens them again, as a restart does. */
  reopen(): Promise<void>;
}

export async function party(name: string, root: string): Promise<Party> {
  const key = createHash("sha256").update(`key of ${name}`).digest();
  const folder = `${root}/${name}`;
  const secp = await loadSecp256k1();
  const open = async () => {
    const store = await openSqliteStore({ folder, clock: () => Date.now() });
    const signer = await createKeySigner({
      nostrKey: key,
      paymentKey: key,
      ceilings: {
        perPacketUnits: 400_000n,
        perChannelUnits: 2n * DEPOSIT,
        perHourUnits: 2n * DEPOSIT,
        perDayUnits: 2n * DEPOSIT,
      },
      allow: [{ chainId: CHAIN_ID, tokenNetworkAddress: TOKEN_NETWORK }],
      snapshot: await store.snapshot("signer") ?? "first",
      clock: () => Date.now(),
    });
    return { store, signer };
  };
  const made: Party = {
    name,
    address: secp.addressOf(key),
    folder,
    ...await open(),
    async reopen() {
      await made.store.close();
      Object.assign(made, await open());
    },
  };
  return made;
}

/** A channel between two parties, both funded. */
export function channelBetween(
  a: Party,
  b: Party,
  counter: number,
  more: Partial<ChannelFacts> & { readonly deposit?: bigint } = {},
): ChannelFacts {
  const { deposit = DEPOSIT, ...facts } = more;
  const side = (party: Party) => ({
    address: party.address,
    depositUnits: deposit,
    claimedUnits: 0n,
    claimedNonce: 0,
  });
  return {
    channelId: channelIdOf(a.address, b.address, counter),
    chainId: CHAIN_ID,
    tokenNetworkAddress: TOKEN_NETWORK,
    participants: [side(a), side(b)],
    state: "open",
    settlementTimeoutS: 3_600,
    ...facts,
  };
}

/** Stores, signers, a connector and what is needed to make clients. */
export interface Rig extends AsyncDisposable {
  readonly root: string;
  readonly buyer: Party;
  readonly provider: Party;
  readonly hub: Party;
  readonly channels: { readonly buyer: ChannelFacts; readonly provider: ChannelFacts };
  /** The channels on the chain, by id; a test may change them. */
  readonly facts: Map<string, ChannelFacts>;
  readonly terminal: ReturnType<typeof countingTerminal>;
  connector: Connector;
  /** A client of the buyer's, or of another party's with `options`. */
  client(
    options?: Partial<ConnectorClientOptions>,
    of?: Party,
    deps?: Partial<ConnectorClientDeps>,
  ): ConnectorClient;
  /** The provider's client, which receives at `test.hub.provider`. */
  providerClient(terminal: Terminal): ConnectorClient;
  start(options?: Partial<ConnectorOptions>): Promise<Connector>;
}

export async function rig(
  options: Partial<ConnectorOptions> = {},
  terminal: ReturnType<typeof countingTerminal> = countingTerminal(),
  deposit: bigint = DEPOSIT,
  deps: Partial<ConnectorDeps> = {},
  /** Its key follows from it. */
  hubName = "hub",
): Promise<Rig> {
  const root = await Deno.makeTempDir({ prefix: "crosstown-connector-" });
  const [buyer, provider, hub] = [
    await party("buyer", root),
    await party("provider", root),
    await party(hubName, root),
  ];
  const channels = {
    buyer: channelBetween(buyer, hub, 1, { deposit }),
    provider: channelBetween(provider, hub, 2),
  };
  const facts = new Map(
    Object.values(channels).map((channel) => [channel.channelId as string, channel]),
  );
  const chain = { channel: (id: string) => Promise.resolve(facts.get(id.toLowerCase()) ?? null) };
  const clients = new Set<ConnectorClient>();
  // It starts again at the same address.
  const [port] = steadyPorts(1);
  const log = () => {};
  const made: Rig = {
    root,
    buyer,
    provider,
    hub,
    channels,
    facts,
    terminal,
    connector: undefined as unknown as Connector,
    async start(more = {}) {
      made.connector = await startConnector({
        ilpAddress: "test.hub",
        listen: { hostname: "127.0.0.1", port },
        chain: { chainId: CHAIN_ID, tokenNetworkAddress: TOKEN_NETWORK, tokenAddress: TOKEN },
        peers: [
          {
            username: "buyer",
            token: "buyer token",
            channelId: channels.buyer.channelId,
            peerAddress: buyer.address,
          },
          {
            username: "provider",
            token: "provider token",
            channelId: channels.provider.channelId,
            peerAddress: provider.address,
          },
        ],
        routes: [
          { prefix: "test.hub.relay", to: { terminal: "relay" } },
          { prefix: "test.hub.provider", to: { peer: "provider" } },
        ],
        minSettlementTimeoutS: 3_600,
        expiryMarginMs: 100,
        ...options,
        ...more,
      }, {
        store: hub.store,
        signer: hub.signer,
        chain,
        timers: systemTimers,
        log,
        terminals: { relay: terminal },
        ...deps,
      });
      return made.connector;
    },
    client(more = {}, of = buyer, given = {}) {
      const channel = of === provider ? channels.provider : channels.buyer;
      const client = connectorClient({
        url: made.connector.url,
        auth: { username: of.name, token: `${of.name} token` },
        wire: "interledger",
        peerRule: "credit",
        channel: { channelId: channel.channelId, peerAddress: hub.address },
        chain: { chainId: CHAIN_ID, tokenNetworkAddress: TOKEN_NETWORK, tokenAddress: TOKEN },
        senderId: of.name,
        ...more,
      }, {
        store: of.store,
        signer: of.signer,
        chain,
        timers: systemTimers,
        random: () => 0,
        log,
        ...given,
      });
      clients.add(client);
      return client;
    },
    providerClient(at) {
      return made.client({
        receive: {
          terminal: at,
          ilpAddress: "test.hub.provider",
          minSettlementTimeoutS: 3_600,
        },
      }, provider);
    },
    async [Symbol.asyncDispose]() {
      for (const client of clients) await client.close();
      await made.connector.close();
      for (const each of [buyer, provider, hub]) await each.store.close();
      await Deno.remove(root, { recursive: true });
    },
  };
  await made.start();
  return made;
}

/** Resolves when the client's line is connected. */
export async function connected(client: ConnectorClient): Promise<void> {
  if ((await client.status()).line.state === "connected") return;
  await new Promise<void>((resolve) => {
    const stop = client.onStatus((line) => {
      if (line.state !== "connected") return;
      stop();
      resolve();
    });
  });
}

let serial = 0;

/** A payment with unique data. */
export function payment(amount: bigint, destination = "test.hub.relay", size = 1_700) {
  const data = new Uint8Array(size);
  new TextEncoder().encodeInto(`payment ${++serial}`, data);
  return {
    destination,
    amount,
    data,
    condition: conditionFor(data),
    obligation: `write:${createHash("sha256").update(data).digest("hex")}`,
  };
}
