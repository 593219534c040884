/** Managers over real stores, a real node and real contracts, for tests. */
import type { HDAccount } from "viem/accounts";
import { callDataOf } from "../../../../services/chain/evm/call_data.ts";
import { evmChain, type OpenEvmChain } from "../../../../services/chain/evm/evm_chain.ts";
import {
  createKeeper,
  type OpenKeeper,
} from "../../../../services/channel/manager/channel_manager.ts";
import type {
  KeeperDeps,
  KeeperOptions,
} from "../../../../services/channel/manager/keeper_options.ts";
import { systemTimers, type Timers } from "../../../../services/channel/timers.ts";
import { createKeySigner } from "../../../../services/signer/key_signer.ts";
import { openSqliteStore } from "../../../../services/store/sqlite_store.ts";
import type { Store } from "../../../../services/store/store.ts";
import type { Chain } from "../../../contracts/chain.ts";

/** Where the contracts are; plain data, so that another process can be told. */
export interface Place {
  readonly url: string;
  readonly chainId: number;
  readonly registry: string;
  readonly token: string;
  readonly network: string;
}

/** Of a node's contracts. */
export function placeOf({ client, chainId, registry, token, network }: Chain): Place {
  return { url: client.transport.url!, chainId, registry, token, network };
}

const MANY = 10n ** 30n;

/** What a test may replace. */
export interface WalletOptions {
  readonly options?: KeeperOptions;
  readonly folder?: string;
  readonly timers?: Timers;
  readonly confirmations?: number;
  readonly counterparty?: KeeperDeps["counterparty"];
  /** A fault in front of the chain. */
  readonly over?: (chain: OpenEvmChain) => OpenEvmChain;
}

/** A manager with everything under it. */
export interface Wallet extends AsyncDisposable {
  readonly keeper: OpenKeeper;
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
  { options, folder, timers = systemTimers, confirmations, counterparty, over }: WalletOptions = {},
): Promise<Wallet> {
  const kept = folder ?? await Deno.makeTempDir({ prefix: "k" });
  const logs: string[] = [];
  const log: KeeperDeps["log"] = (level, msg, fields) =>
    void logs.push(`${level} ${msg} ${JSON.stringify(fields ?? {})}`);
  const store = await openSqliteStore({ folder: kept, clock: () => timers.now() });
  const plain = evmChain({
    rpcUrls: [place.url],
    chainId: place.chainId,
    registryAddress: place.registry,
    tokenAddress: place.token,
    confirmations,
    pollMs: 50,
  }, { timers, log });
  const chain = over?.(plain) ?? plain;
  const signer = await signerOf(place, account, store, timers);
  const keeper = createKeeper({ watchEveryMs: 50, ...options }, {
    store,
    chain,
    signer,
    timers,
    log,
    counterparty,
  });
  return {
    keeper,
    store,
    chain,
    folder: kept,
    logs,
    address: account.address.toLowerCase(),
    async [Symbol.asyncDispose]() {
      await keeper.stop();
      plain.close();
      await store.close();
      if (folder === undefined) await Deno.remove(kept, { recursive: true });
    },
  };
}

async function signerOf(place: Place, account: HDAccount, store: Store, timers: Timers) {
  const key = account.getHdKey().privateKey!;
  const address = account.address.toLowerCase();
  const keys = await createKeySigner({
    nostrKey: key,
    paymentKey: key,
    ceilings: {
      perPacketUnits: MANY,
      perChannelUnits: MANY,
      perHourUnits: MANY,
      perDayUnits: MANY,
    },
    allow: [{ chainId: place.chainId, tokenNetworkAddress: place.network }],
    snapshot: await store.snapshot(`signer:${address}`) ?? "first",
    clock: () => timers.now(),
  });
  const { keccak256 } = await import("viem");
  return {
    identity: () => keys.identity(),
    signClaim: (claim: Parameters<typeof keys.signClaim>[0]) => keys.signClaim(claim),
    async signTransaction(fields: Parameters<KeeperDeps["signer"]["signTransaction"]>[0]) {
      const { to, data, valueWei } = callDataOf(fields.call, address);
      const raw = await account.signTransaction({
        chainId: fields.chainId,
        nonce: fields.nonce,
        gas: fields.gasLimit,
        maxFeePerGas: fields.maxFeePerGasWei,
        maxPriorityFeePerGas: fields.maxPriorityFeePerGasWei,
        to: to as `0x${string}`,
        data: data as `0x${string}`,
        value: valueWei,
        type: "eip1559",
      });
      return { raw, hash: keccak256(raw), from: address, snapshot: await keys.snapshot() };
    },
  };
}
