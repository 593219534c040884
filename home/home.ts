/**
 * A home at work: its services, each in a worker of its own, from which the inbound and outbound pipelines are made. The same for
 * a one-off command, a buyer's daemon and a provider.
 *
 * @module
 */
import type { Asset } from "../protocols/ilp/asset.ts";
import type { EvmChain, GasMarket } from "../money/evm/chain_connection.ts";
import type { ChannelManager } from "../money/claims/channel_manager.ts";
import type { ChannelManagerServiceOptions } from "../money/channels/manager_service.ts";
import type { HomePaths } from "../config/paths.ts";
import type { Profile } from "../config/profile.ts";
import { hostOfUrl } from "../base/urls.ts";
import type { QuotesOptions } from "../market/quotes/quotes_service.ts";
import type { RelayReader } from "../market/relay_reader.ts";
import type { SpendingLimits } from "../money/payer/spending_limits.ts";
import type { Signer } from "../money/signer/signer.ts";
import type { Ceilings } from "../money/signer/hard_ceilings.ts";
import type { Store } from "../store/store.ts";
import type { KeyReaderOptions } from "../money/wallet/key_reader.ts";
import type { Log } from "../base/log/log.ts";
import type { Blobs } from "../market/blobs/blobs.ts";
import { startBlobs } from "./home_blobs.ts";
import { chainOptionsOf, startKeeper } from "./channel_services.ts";
import type { ServiceHandle } from "../runtime/hosted_service.ts";
import type { Fatal } from "../runtime/supervisor.ts";
import { createSupervisor, type Supervisor } from "./workers/supervisor.ts";

/** What a home is opened with. */
interface HomeOptions {
  readonly paths: HomePaths;
  readonly profile: Profile;
  /** Where the wallet is and what opens it. */
  readonly keys: KeyReaderOptions;
  readonly ceilings: Ceilings;
  /** Limits of channels; what is not told has the manager's own default. */
  readonly channels?: Pick<
    ChannelManagerServiceOptions,
    | "maxDepositUnits"
    | "lowBalancePercent"
    | "automaticDeposits"
    | "automaticDepositsPerDay"
    | "automaticDepositUnits"
  >;
  readonly limits: HomeLimits;
  readonly log: Log;
  readonly onFatal?: (fatal: Fatal) => void;
  /** Ends when its command is done: it does not watch its channels. */
  readonly oneOff: boolean;
  /** An address that the signer may send money to, beside the contracts. */
  readonly recipient?: string | null;
  /** Each stage has a worker of its own, also those with equal permissions. */
  readonly isolate?: boolean;
  /** Days for which the store keeps what is over; for ever unless told. */
  readonly keepDays?: number;
  /** How long another process may hold the store; 10,000 unless told. */
  readonly lockWaitMs?: number;
  /** False where the relay is hardly asked: what reads it is started at the first question then. */
  readonly readsRelay?: boolean;
}

/** What a home reads and sends at most (`limits.*` of the configuration). */
interface HomeLimits {
  /** One event. */
  readonly eventBytes: number;
  /** What one PREPARE carries. */
  readonly prepareDataBytes: number;
  /** One BTP frame. */
  readonly frameBytes: number;
}

/** The handles of a home's services, by the names under which stages ask for them. */
interface HomeServices {
  readonly store: ServiceHandle;
  readonly signer: ServiceHandle;
  readonly chain: ServiceHandle;
  readonly relayReader: ServiceHandle;
  /** Where the network has a chain. */
  readonly manager: ServiceHandle | null;
  /** Where packets can be sent: reads what a job printed. Started at the first question. */
  readonly jobLogs: ServiceHandle | null;
  /** Started with the first call. */
  readonly blobs: ServiceHandle<Blobs>;
  /** Where there is a connector to ask over. */
  readonly quotes: ServiceHandle | null;
}

/** A home at work. */
export interface Home {
  /** What it was opened with, but for what opened the wallet. */
  readonly options: Omit<HomeOptions, "keys">;
  readonly supervisor: Supervisor;
  readonly services: HomeServices;
  /** The main thread's own clients. */
  readonly store: Store;
  readonly signer: Signer;
  readonly chain: EvmChain & GasMarket;
  readonly relayReader: RelayReader;
  /** What is too large for an event. */
  readonly blobs: Blobs;
  /** Null where the network has no chain. */
  readonly manager: ChannelManager | null;
  /** What one job, and one provider a day, may cost in all. */
  readonly spending: SpendingLimits;
  /** Public key (x-only hex), payment address, and the key for which answers to private jobs are wrapped. */
  readonly identity: {
    readonly pubkey: string;
    readonly paymentAddress: string;
    readonly answersKey: string;
  };
  /** Drains the pipelines for at most `deadlineMs`, then stops the services. */
  stop(deadlineMs?: number): Promise<void>;
}

/** Starts the services. Rejects with their own errors: `locked`, `passphrase`, `corrupt`... */
export async function openHome({ keys, ...options }: HomeOptions): Promise<Home> {
  const { paths, profile, log } = options;
  const supervisor = createSupervisor({
    log,
    onFatal: options.onFatal,
    isolate: options.isolate,
  });
  try {
    // All at once: each is a worker that takes a while to load, and calls wait at a port until the other side is there.
    const [store, keyReader, chain] = await Promise.all([
      supervisor.start("store", {
        folder: paths.stateFolder,
        lockWaitMs: options.lockWaitMs,
        journal: true,
        network: profile.name,
        keepDays: options.keepDays,
      }),
      supervisor.start("key-reader", keys),
      supervisor.start("chain", chainOptionsOf(profile)),
    ]);
    const { chainId, tokenNetworkAddress, tokenAddress } = profile.chain;
    const signer = await supervisor.start("signer-unattended", {
      ceilings: options.ceilings,
      allow: chainId === 0 ? [] : [{ chainId, tokenNetworkAddress, tokenAddress }],
      ...(options.recipient ? { parties: { recipients: [options.recipient] } } : {}),
      snapshot: "stored",
    }, { keyReader, store });
    const start = options.readsRelay === false ? supervisor.whenNeeded : supervisor.start;
    const relayReader = await start("relay-reader", { relayUrl: profile.relayUrl }, { signer });
    const kept = await startKeeper(
      supervisor,
      profile,
      // Daemons watch their channels; one-off commands do not.
      { ...options.channels, asset: profile.asset, watchAtStart: !options.oneOff },
      { store, signer, chain },
    );
    const quotes = profile.connectorBtp === null
      ? null
      : await supervisor.whenNeeded("quotes", quotesOptionsOf(profile), { signer });
    const all = [store, keyReader, chain, signer, relayReader, ...kept?.started ?? []];
    await Promise.all(all.map((each) => "ready" in each ? each.ready : null));
    await keyReader.stop();
    const signerClient = signer.client();
    const identity = await signerClient.identity();
    const blobs = await startBlobs(supervisor, { paths, profile }, { store, signer });
    return {
      options,
      supervisor,
      services: {
        store,
        signer,
        chain,
        relayReader,
        manager: kept?.manager ?? null,
        jobLogs: await startJobLogs(supervisor, profile, identity.pubkey, signer),
        blobs,
        quotes,
      },
      store: store.client(),
      signer: signerClient,
      chain: chain.client(),
      relayReader: relayReader.client(),
      blobs: blobs.client(),
      manager: kept?.manager.client() ?? null,
      spending: await spendingLimits(signer, profile.asset),
      identity: { ...identity, answersKey: await signerClient.answersKey() },
      stop: (deadlineMs) => supervisor.stop(deadlineMs),
    };
  } catch (error) {
    await supervisor.stop(0).catch(() => undefined);
    throw error;
  }
}

/** A provider tells what its job prints in packets that pay nothing, over a session beside the one that pays. */
async function startJobLogs(
  supervisor: Supervisor,
  { connectorBtp, connectorAuth, wire }: Profile,
  senderId: string,
  signer: ServiceHandle,
): Promise<ServiceHandle | null> {
  if (connectorBtp === null) return null;
  const host = hostOfUrl(connectorBtp);
  const options = { connectorBtp, auth: connectorAuth, wire, senderId, host };
  return await supervisor.whenNeeded("job-logs", options, { signer });
}

function quotesOptionsOf(profile: Profile): QuotesOptions {
  const { connectorBtp, connectorAuth: auth, wire, asset, chain } = profile;
  return {
    connectorBtp: connectorBtp!,
    auth,
    wire,
    host: hostOfUrl(connectorBtp!),
    asset: { code: asset.code, scale: asset.scale },
    chain: { chainId: chain.chainId, tokenNetworkAddress: chain.tokenNetworkAddress },
  };
}

/** They change with the passphrase alone, while nobody else works on the home. */
async function spendingLimits(signer: ServiceHandle, asset: Asset): Promise<SpendingLimits> {
  const { effective } = await signer.client().ceilings();
  return {
    jobUnits: effective.perJobUnits,
    providerDayUnits: effective.perProviderDayUnits,
    windowUnits: effective.windowUnits,
    asset,
  };
}
