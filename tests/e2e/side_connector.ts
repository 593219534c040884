/**
 * A connector in a process of its own, beside a dev network, so that it can be killed. `serve FILE` reads its settings, prints one line,
 * `ready URL`, and works until it is killed. `join HOME PUBKEY ADDRESS` admits a wallet to the network of that home, and prints its
 * profile.
 */
import { chainOptionsOf } from "../../home/channel_services.ts";
import { createSupervisor } from "../../home/workers/supervisor.ts";
import { controlClient } from "../../home/control/control_client.ts";
import { devLayout } from "../../network/dev/layout.ts";
import type { EvmChain } from "../../money/evm/chain_connection.ts";
import type { ChannelManager } from "../../money/claims/channel_manager.ts";
import type { Signer } from "../../money/signer/signer.ts";
import type { Store } from "../../store/store.ts";
import { startConnector } from "../../network/connector/connector.ts";
import type { PeerOptions } from "../../network/connector/connector_options.ts";
import type { Route } from "../../network/connector/routing_table.ts";
import { DEV_CHAIN_ID, devMoney } from "../../network/dev/constitution.ts";
import { openSigner } from "../../network/dev/dev_wallets.ts";
import { DEV_TOKEN, DEV_TOKEN_NETWORK } from "../../network/chain/dev_contracts.ts";
import { systemTimers } from "../../base/timers.ts";

/** What the file holds, as JSON. */
export interface SideSettings {
  /** Holds the store. */
  readonly folder: string;
  readonly keyFile: string;
  readonly passphraseFile: string;
  readonly rpcUrl: string;
  readonly ilpAddress: string;
  readonly port: number;
  readonly peers: readonly PeerOptions[];
  readonly routes: readonly Route[];
  /** How many sessions may sign in without an account. Default: none. */
  readonly guests?: number;
}

async function serve(settings: SideSettings): Promise<void> {
  const { folder, keyFile, passphraseFile, rpcUrl, ilpAddress, port, peers, routes, guests } =
    settings;
  const log = (level: string, msg: string, fields: object = {}) =>
    void console.error(JSON.stringify({ level, msg, ...fields }, textOf));
  const supervisor = createSupervisor({ log, onFatal: () => Deno.exit(75) });
  const [store, chain] = await Promise.all([
    supervisor.service("store", { folder }),
    supervisor.service("chain", chainOptionsOf(devMoney(rpcUrl))),
  ]);
  const signer = await openSigner(supervisor, { folder, keyFile, passphraseFile }, store);
  const manager = await supervisor.service("channel-manager", {
    peers: peers.map(({ username, peerAddress }) => ({ name: username, address: peerAddress })),
    automaticOpensPerDay: 100,
    automaticDepositsPerDay: 100,
    automaticDepositUnits: 2_000_000n,
    watchAtStart: true,
  }, { store, signer, chain });
  const evm = chain.client() as EvmChain;
  const connector = await startConnector({
    ilpAddress,
    listen: { hostname: "127.0.0.1", port },
    chain: {
      chainId: DEV_CHAIN_ID,
      tokenNetworkAddress: DEV_TOKEN_NETWORK,
      tokenAddress: DEV_TOKEN,
    },
    peers,
    routes,
    minSettlementTimeoutS: 3_600,
    ...(guests === undefined ? {} : { guests: { maxSessions: guests } }),
  }, {
    store: store.client() as Store,
    signer: signer.client() as Signer,
    chain: evm,
    evm,
    manager: manager.client() as ChannelManager,
    log,
    timers: systemTimers,
    terminals: {},
  });
  console.log(`ready ${connector.url}`);
}

function textOf(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? String(value) : value;
}

if (import.meta.main) {
  const [verb, where, pubkey, paymentAddress] = Deno.args;
  if (verb === "serve") await serve(JSON.parse(await Deno.readTextFile(where)));
  else {
    const network = await controlClient(devLayout(where).controlSocket);
    const { profile } = await network.call("join", { pubkey, paymentAddress }) as {
      readonly profile: string;
    };
    console.log(profile);
    network.close();
  }
}
