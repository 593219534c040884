/**
 * The embedded network in one process: relay, connector and their signers, each in its own worker. Providers do not run here: the caller
 * starts each one as a child process with the normal provider program.
 *
 * @module
 */
import { chainOptionsOf } from "../../home/channel_services.ts";
import type { PacketTracing } from "../../home/tracing/packet_tracing_service.ts";
import type { ServiceHandle } from "../../runtime/hosted_service.ts";
import type { Fatal } from "../../runtime/supervisor.ts";
import { createSupervisor } from "../../home/workers/supervisor.ts";
import { unlessAborted } from "../../base/until_aborted.ts";
import type { Profile } from "../../config/profile.ts";
import { formatProfile } from "../../config/profiles.ts";
import type { VerifierQueueOptions } from "../../verifier/verifier_queue.ts";
import type { WalletIdentity } from "../../money/wallet/key_maker_service.ts";
import type { Log } from "../../base/log/log.ts";
import type { Supervisor } from "../../runtime/supervisor.ts";
import type { ConnectorStatus } from "../connector/connector_options.ts";
import type { RelayServerStatus } from "../relay/relay_server.ts";
import { type AnvilProcess, startAnvil } from "../chain/anvil_process.ts";
import { keepHelpers, maxHelpers } from "../relay/verifier_helpers.ts";
import { makeNetworkWorker, NETWORK_SERVICES } from "../workers/groups.ts";
import {
  DEV_CHAIN_ID,
  DEV_CONNECTOR_ADDRESS,
  DEV_GAS_WEI,
  devGrants,
  devMoney,
  devProfile,
} from "./constitution.ts";
import type { SelfProbeOptions } from "../door/self_probe_service.ts";
import { untilClosesAnswered } from "./answered_closes.ts";
import { type DevBalances, devBalances } from "./dev_balances.ts";
import { devGuests } from "./dev_guests.ts";
import { connectionBudget, openFileLimit } from "./open_files.ts";
import { type DevLayout, devProviders } from "./layout.ts";
import { replacePlainFile } from "../../base/files/plain_file.ts";
import { makeWallets, openSigner } from "./dev_wallets.ts";
import {
  blobServerOptions,
  connectorOptions,
  managerOptions,
  relayOptions,
} from "./dev_settings.ts";

/** The options of the network. */
interface DevNetworkOptions {
  readonly layout: DevLayout;
  /** Where relay and connector listen. */
  readonly hostname: string;
  /** The ports; 0 chooses a free one. */
  readonly relayPort: number;
  readonly connectorPort: number;
  /** The wire that the profiles name, and that decides the relay's format. Default: `interledger`. The connector accepts both wires. */
  readonly wire?: Profile["wire"];
  /** The number of providers. Default: 1. Each is a process with its own home, keys and channel. */
  readonly providers?: number;
  readonly version: string;
  /** The collector to which the connector sends spans. Default: it makes none. */
  readonly tracing?: string | null;
  /** The `PATH` in which the chain's program is searched if its package is not installed. */
  readonly path: string;
  readonly log: Log;
  readonly onFatal: (fatal: Fatal) => void;
  /** Aborts the start: everything that was started is stopped, and the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** A running network. */
export interface DevNetwork {
  readonly relayUrl: string;
  /** The relay's key; each network has a new one. */
  readonly relayPubkey: string;
  readonly connectorBtp: string;
  /** The URL of the chain's JSON-RPC. */
  readonly rpcUrl: string;
  /** Moves the chain's clock after the connector has claimed what closed channels owe it. Returns the chain's time in seconds. */
  advance(seconds: number): Promise<number>;
  /** The balances of all parties on the chain. */
  balances(): Promise<DevBalances>;
  /** Admits a provider of another home. Returns the profile for that home, as TOML. */
  join(party: WalletIdentity): Promise<string>;
  /** The providers in order. The caller starts a process for each. */
  readonly providers: readonly {
    /** `provider`, `provider-2` and so on. */
    readonly name: string;
    readonly home: string;
    readonly pubkey: string;
  }[];
  /** The status of relay and connector now. */
  status(): Promise<{ readonly relay: RelayServerStatus; readonly connector: ConnectorStatus }>;
  stop(): Promise<void>;
}

/** How long the connector may take to claim what closed channels owe it, in milliseconds. */
const CLOSES_MS = 20_000;

/** Sets up a network in an empty folder and starts it. Resolves when relay and connector listen and all profiles are written. */
export async function startDevNetwork(options: DevNetworkOptions): Promise<DevNetwork> {
  const { log, onFatal, signal } = options;
  const supervisor = createSupervisor({
    log,
    onFatal,
    tables: { stages: {}, services: NETWORK_SERVICES },
    spawn: (name, permissions, units) =>
      makeNetworkWorker(units, { type: "module", name, deno: { permissions } }),
  });
  let node: AnvilProcess | null = null;
  let stopped = false;
  try {
    node = await startChain(options);
    const founding = found(supervisor, options, node);
    const network = await (signal === undefined ? founding : unlessAborted(signal, founding));
    // If the chain ends, the network must end: the deposits exist only on this chain.
    void node.ended.then(() => {
      if (!stopped) onFatal({ code: "service_died", message: "the chain ended", exitCode: 75 });
    });
    const { stop } = node;
    return {
      ...network,
      async stop() {
        stopped = true;
        await network.stop();
        await stop();
      },
    };
  } catch (error) {
    await supervisor.stop(0).catch(() => undefined);
    await node?.stop();
    throw error;
  }
}

async function startChain({ layout, path }: DevNetworkOptions): Promise<AnvilProcess> {
  await Deno.mkdir(layout.chainFolder, { recursive: true, mode: 0o700 });
  return await startAnvil({ chainId: DEV_CHAIN_ID, folder: layout.chainFolder, path });
}

async function found(
  supervisor: Supervisor,
  options: DevNetworkOptions,
  node: AnvilProcess,
): Promise<DevNetwork> {
  const { layout } = options;
  const providers = devProviders(layout, options.providers ?? 1);
  for (
    const folder of [
      layout.folder,
      layout.relay.folder,
      layout.connector.folder,
      ...providers.map(({ party }) => party.folder),
    ]
  ) {
    await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
  }
  const budget = connectionBudget(await openFileLimit());
  // Workers take some time to load. Services that need no key start while the keys are made.
  const [identities, founder, chain, store, verifier] = await Promise.all([
    makeWallets(supervisor, layout, providers),
    supervisor.service("dev-chain", { rpcUrl: node.rpcUrl }),
    supervisor.service("chain", chainOptionsOf(devMoney(node.rpcUrl))),
    supervisor.service("store", { folder: layout.connector.folder, keepDays: 30 }),
    supervisor.service("verifier", { maxHelpers: maxHelpers() } satisfies VerifierQueueOptions),
  ]);
  void keepHelpers(supervisor, verifier, options.log);
  const devChain = founder.client();
  const blobServer = await supervisor.service("blob-server", blobServerOptions(options), {
    verifier,
  });
  const blobsUrl = (await blobServer.client().status()).url;
  const grants = devGrants(providers.map(({ name }) => name));
  const endowed = devChain.found(
    Object.keys(grants).map((name) => ({
      address: identities[name].paymentAddress,
      tokenRaw: grants[name],
      gasWei: DEV_GAS_WEI,
    })),
  );
  const profile = devProfile({
    relayUrl: "ws://127.0.0.1",
    relayPubkey: identities.relay.pubkey,
    blobsUrl,
    connectorBtp: "btp+ws://127.0.0.1",
    username: "",
    token: "",
    peerAddress: identities.connector.paymentAddress,
    money: { rpcUrl: node.rpcUrl },
    wire: options.wire,
  });
  const [relaySigner, signer, relay] = await Promise.all([
    openSigner(supervisor, layout.relay),
    openSigner(supervisor, layout.connector, store),
    supervisor.service("relay", relayOptions(options, identities.relay, budget, blobsUrl), {
      verifier,
    }),
    endowed,
  ]);
  const hosted = providers.map((each) => ({
    ...each,
    token: randomToken(),
    identity: identities[each.name],
    ilpAddress: `${DEV_CONNECTOR_ADDRESS}.${each.name}`,
  }));
  const buyer = { name: "buyer", token: randomToken(), identity: identities.buyer };
  const manager = await supervisor.service(
    "channel-manager",
    managerOptions([buyer, ...hosted]),
    { store, signer, chain },
  );
  const relayStatus = relay.client();
  const relayUrl = (await relayStatus.status()).url;

  const packetTracing = await tracingOf(supervisor, options);
  const connector = await supervisor.service(
    "connector",
    connectorOptions(options, budget, buyer, hosted, relayUrl),
    { store, signer, chain, manager, relay, relaySigner, blobServer, ...packetTracing },
  );
  const connectorStatus = connector.client();
  const { url: connectorBtp, port: connectorPort } = await connectorStatus.address();
  const { hostname } = options;
  // Nothing waits for the start of the self-probe, but its failure later ends the process.
  void supervisor.service(
    "self-probe",
    {
      targets: [
        { name: "relay", hostname, port: Number(new URL(relayUrl).port) },
        { name: "connector", hostname, port: connectorPort },
      ],
    } satisfies SelfProbeOptions,
  ).catch((error) => options.log("warn", "self-probe not started", { reason: String(error) }));

  const common = { ...profile, relayUrl, connectorBtp };
  const guests = devGuests({
    chain: devChain,
    connector: connector.client(),
    profile: common,
    parties: Object.values(identities),
    randomToken,
  });
  for (const { name, party, token, ilpAddress } of hosted) {
    const connectorAuth = { username: name, token };
    await replacePlainFile(
      `${party.folder}/profile.toml`,
      formatProfile({ ...common, connectorAuth, ilpAddress }),
    );
  }
  // This file makes `dev` the default network of this home, so it is written last.
  await replacePlainFile(
    layout.profileFile,
    formatProfile({ ...common, connectorAuth: { username: "buyer", token: buyer.token } }),
  );
  return {
    relayUrl,
    connectorBtp,
    relayPubkey: identities.relay.pubkey,
    rpcUrl: node.rpcUrl,
    async advance(seconds) {
      await untilClosesAnswered({
        store: store.client(),
        chain: chain.client(),
        ownAddress: identities.connector.paymentAddress.toLowerCase(),
      }, CLOSES_MS);
      return await devChain.advance(seconds);
    },
    balances: () =>
      devBalances(
        devChain,
        { ...identities, ...guests.identities() },
        { ...grants, ...guests.grants() },
      ),
    join: (party) => guests.join(party),
    providers: hosted.map(({ name, home, identity }) => ({ name, home, pubkey: identity.pubkey })),
    async status() {
      const [relayNow, connectorNow] = await Promise.all([
        relayStatus.status(),
        connectorStatus.status(),
      ]);
      return { relay: relayNow, connector: connectorNow };
    },
    stop: () => supervisor.stop(),
  };
}

/** The service that sends the connector's spans, if traces are on. */
async function tracingOf(
  supervisor: Supervisor,
  { tracing: endpoint, version }: DevNetworkOptions,
): Promise<Readonly<Record<string, ServiceHandle<PacketTracing>>>> {
  if (endpoint === undefined || endpoint === null) return {};
  const options = { endpoint, version, network: "dev", pid: Deno.pid };
  return { packetTracing: await supervisor.service("packet-tracing", options) };
}

function randomToken(): string {
  return crypto.getRandomValues(new Uint8Array(32)).toHex();
}
