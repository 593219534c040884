/** Managers over real stores, a real node and real contracts, for tests. */
import type { HDAccount } from "viem/accounts";
import { evmChain, type OpenEvmChain } from "../../../money/evm/evm_chain.ts";
import {
  createChannelManager,
  type OpenChannelManager,
} from "../../../money/channels/channel_manager.ts";
import type {
  ChannelManagerDeps,
  ChannelManagerOptions,
} from "../../../money/channels/manager_options.ts";
import { systemTimers, type Timers } from "../../../base/timers.ts";
import { createKeySigner } from "../../../money/signer/key_signer.ts";
import { TRANSACTION_CEILINGS } from "../../../money/signer/transaction_ledger.ts";
import { openSqliteStore } from "../../../store/sqlite_store.ts";
import type { Store } from "../../../store/store.ts";
import type { Chain } from "../../contracts/chain.ts";

/** The addresses of the contracts, as plain data, so that another process can get them. */
export interface Place {
  readonly url: string;
  readonly chainId: number;
  readonly registry: string;
  readonly token: string;
  readonly network: string;
  readonly genesisHash: string;
}

/** Of a node's contracts. */
export async function placeOf(node: Chain): Promise<Place> {
  const { client, chainId, registry, token, network } = node;
  const { hash } = await client.getBlock({ blockNumber: 0n });
  return { url: client.transport.url!, chainId, registry, token, network, genesisHash: hash };
}

/** What a test may replace. */
export interface WalletOptions {
  readonly options?: ChannelManagerOptions;
  readonly folder?: string;
  readonly timers?: Timers;
  readonly confirmations?: number;
  readonly counterparty?: ChannelManagerDeps["counterparty"];
  /** A fault in front of the chain. */
  readonly over?: (chain: OpenEvmChain) => OpenEvmChain;
  /** Of the signer, in place of its usual ones. */
  readonly ceilings?: Partial<typeof TRANSACTION_CEILINGS>;
}

/** A manager with everything under it. */
export interface Wallet extends AsyncDisposable {
  readonly manager: OpenChannelManager;
  readonly store: Store;
  readonly chain: OpenEvmChain;
  readonly folder: string;
  readonly logs: readonly string[];
  readonly address: string;
}

/** Opens the wallet of an account. */
export async function openWallet(
  place: Place,
  account: HDAccount,
  { options, folder, timers = systemTimers, confirmations, counterparty, over, ceilings }:
    WalletOptions = {},
): Promise<Wallet> {
  const kept = folder ?? await Deno.makeTempDir({ prefix: "k" });
  const logs: string[] = [];
  const log: ChannelManagerDeps["log"] = (level, msg, fields) =>
    void logs.push(`${level} ${msg} ${JSON.stringify(fields ?? {})}`);
  const store = await openSqliteStore({ folder: kept, clock: () => timers.now() });
  const plain = evmChain({
    rpcUrls: [place.url],
    chainId: place.chainId,
    registryAddress: place.registry,
    tokenAddress: place.token,
    confirmations,
    pollMs: 50,
    timeoutMs: 120_000,
    deadlineMs: 120_000,
  }, { timers, log });
  const chain = over?.(plain) ?? plain;
  const signer = await signerOf(place, account, store, timers, ceilings);
  const manager = createChannelManager({ watchEveryMs: 50, ...options }, {
    store,
    chain,
    signer,
    timers,
    log,
    counterparty,
  });
  return {
    manager,
    store,
    chain,
    folder: kept,
    logs,
    address: account.address.toLowerCase(),
    async [Symbol.asyncDispose]() {
      await manager.stop();
      plain.close();
      await store.close();
      if (folder === undefined) await Deno.remove(kept, { recursive: true });
    },
  };
}

async function signerOf(
  place: Place,
  account: HDAccount,
  store: Store,
  timers: Timers,
  ceilings: WalletOptions["ceilings"] = {},
) {
  const key = account.getHdKey().privateKey!;
  return await createKeySigner({
    nostrKey: key,
    paymentKey: key,
    ceilings: {
      perPacketUnits: 100n,
      perChannelUnits: 100_000_000n,
      perHourUnits: 100n,
      perDayUnits: 100n,
    },
    transactionCeilings: { ...TRANSACTION_CEILINGS, gasPerTransactionWei: 10n ** 18n, ...ceilings },
    allow: [{
      chainId: place.chainId,
      tokenNetworkAddress: place.network,
      tokenAddress: place.token,
      genesisHash: place.genesisHash,
    }],
    snapshot: await store.snapshot(`signer:${account.address.toLowerCase()}`) ?? "first",
    clock: () => timers.now(),
  });
}
