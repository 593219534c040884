/**
 * An open home: its services, each in its own worker, for the inbound and outbound pipelines. One-off commands, buyers' daemons and
 * providers use it.
 *
 * @module
 */
import type { Asset } from "../protocols/ilp/asset.ts";
import type { EvmChain, GasMarket } from "../money/evm/chain_connection.ts";
import type { ChannelManager } from "../money/claims/channel_manager.ts";
import type { ChannelManagerServiceOptions } from "../money/channels/manager_service.ts";
import type { HomePaths } from "../config/paths.ts";
import { relaysToRead } from "../config/more_relays.ts";
import type { Profile } from "../config/profile.ts";
import { jobLogsOptions, quotesOptionsOf } from "./free_connectors.ts";
import type { Market } from "../market/market_service.ts";
import type { Messages } from "../market/messages/messages.ts";
import type { RelayCopies } from "../market/relay_copies.ts";
import type { RelayReader } from "../market/relay_reader.ts";
import type { SpendingLimits } from "../money/payer/spending_limits.ts";
import type { CeilingsView } from "../money/signer/ceilings.ts";
import type { KeySigner } from "../money/signer/key_signer.ts";
import type { Signer } from "../money/signer/signer.ts";
import type { Ceilings } from "../money/signer/hard_ceilings.ts";
import type { Store } from "../store/store.ts";
import type { KeyReaderOptions } from "../money/wallet/key_reader.ts";
import type { Log } from "../base/log/log.ts";
import type { Blobs } from "../market/blobs/blobs.ts";
import { withCopies } from "./blob_copies.ts";
import { blobHosts, startBlobs } from "./home_blobs.ts";
import { startMessages } from "./home_messages.ts";
import { startRelayCopies } from "./relay_copies.ts";
import { startChain, startChannelManager } from "./channel_services.ts";
import { type EarlyStart, startEarly } from "./outbound_stages.ts";
import type { RenewableService, ServiceHandle } from "../runtime/hosted_service.ts";
import type { Fatal } from "../runtime/supervisor.ts";
import { createSupervisor, type Supervisor } from "./workers/supervisor.ts";

/** The options of an open home. */
interface HomeOptions extends EarlyStart {
  readonly paths: HomePaths;
  readonly profile: Profile;
  /** Where the wallet is, and how to open it. */
  readonly keys: KeyReaderOptions;
  readonly ceilings: Ceilings;
  /** Limits of channels. A missing limit gets the manager's default. */
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
  /** True if the home closes after one command. It then does not watch its channels. */
  readonly oneOff: boolean;
  /** A recipient to which the signer may send money, beside the contracts. */
  readonly recipient?: string | null;
  /** Gives each stage its own worker, even if permissions are equal. */
  readonly isolate?: boolean;
  /** Days for which the store keeps ended rows; forever by default. */
  readonly keepDays?: number;
  /** How long to wait for another process that holds the store, in milliseconds; 10,000 by default. */
  readonly lockWaitMs?: number;
  /** False if the relay is rarely read. The relay reader then starts at the first question. */
  readonly readsRelay?: boolean;
}

/** The largest sizes that a home reads and sends (`limits.*` of the configuration), in bytes. */
interface HomeLimits {
  /** Of one event. */
  readonly eventBytes: number;
  /** Of the data of one PREPARE. */
  readonly prepareDataBytes: number;
  /** Of one BTP frame. */
  readonly frameBytes: number;
}

/** The handles of a home's services, by the names under which stages ask for them. */
interface HomeServices {
  readonly store: ServiceHandle;
  readonly signer: ServiceHandle;
  readonly chain: ServiceHandle;
  readonly relayReader: ServiceHandle;
  /** Null if the network has no chain. */
  readonly manager: ServiceHandle | null;
  /** Reads job logs from providers; null if there is no connector and writes are not free. Starts at the first question. */
  readonly jobLogs: ServiceHandle | null;
  /** Starts with the first call. */
  readonly blobs: ServiceHandle<Blobs>;
  /** Private messages. Starts with the first call. */
  readonly messages: ServiceHandle<Messages>;
  /** Null if there is no connector. */
  readonly quotes: ServiceHandle | null;
  /** Builds requests and reads results. Starts with the first call. */
  readonly market: ServiceHandle<Market>;
  /** Writes to relays of others. Starts a worker for each call. */
  readonly relayCopies: ServiceHandle<RelayCopies>;
}

/** A home at work. */
export interface Home {
  /** Its options, without those that opened the wallet. */
  readonly options: Omit<HomeOptions, "keys">;
  readonly supervisor: Supervisor;
  readonly services: HomeServices;
  /** The main thread's own clients. */
  readonly store: Store;
  readonly signer: Signer & Pick<KeySigner, "ceilingsAfter">;
  readonly chain: EvmChain & GasMarket;
  readonly relayReader: RelayReader;
  /** Bytes that are too large for an event. */
  readonly blobs: Blobs;
  /** Null where the network has no chain. */
  readonly manager: ChannelManager | null;
  /** Whether the channel manager rests, so that nothing here needs the chain. */
  readonly channelsRest: () => boolean;
  /** The limits on the total cost of one job, and on the payments to one provider in a day, as they are now. */
  readonly spending: SpendingLimits;
  /** Lowers ceilings while the home is open (KeySigner.lowerCeilings). Packets that are signed afterwards are below them. */
  lowerCeilings(lowered: Readonly<Record<string, bigint>>): Promise<void>;
  /**
   * Uses other further connectors from now on, for all but the outbound pipeline, which is started again by its owner. Workers get the new
   * hosts and settlement addresses only at their start, so each ends as soon as no call is in progress. Null where that needs a restart.
   */
  readonly useConnectors:
    | ((
      connectors: NonNullable<Profile["moreConnectors"]>,
      channels: NonNullable<HomeOptions["channels"]>,
    ) => Promise<void>)
    | null;
  /** Public key (x-only hex), payment address, and the key for which answers to private jobs are wrapped. */
  readonly identity: {
    readonly pubkey: string;
    readonly paymentAddress: string;
    readonly answersKey: string;
  };
  /** Drains the pipelines for at most `deadlineMs`, then stops the services. */
  stop(deadlineMs?: number): Promise<void>;
}

/** Starts the services. Rejects with their errors: `locked`, `passphrase`, `corrupt`... */
export async function openHome({ keys, ...options }: HomeOptions): Promise<Home> {
  const { paths, profile, log } = options;
  const supervisor = createSupervisor({
    log,
    onFatal: options.onFatal,
    isolate: options.isolate,
    sharesServices: options.oneOff,
  });
  try {
    // All start at once: each worker takes time to load, and a call waits at its port until the other side has started.
    const [store, { handle: chain, ready: chainReady }] = await Promise.all([
      supervisor.start("store", {
        folder: paths.stateFolder,
        lockWaitMs: options.lockWaitMs,
        journal: true,
        network: profile.name,
        keepDays: options.keepDays,
      }),
      startChain(supervisor, profile, options.oneOff),
    ]);
    const { chainId, tokenNetworkAddress, tokenAddress } = profile.chain;
    const signer = await supervisor.start("signer", {
      wallet: keys,
      ceilings: options.ceilings,
      allow: chainId === 0 ? [] : [{ chainId, tokenNetworkAddress, tokenAddress }],
      ...(options.recipient ? { parties: { recipients: [options.recipient] } } : {}),
      snapshot: "stored",
    }, { store });
    const relays = relaysToRead(profile);
    const relayReader = await supervisor.whenNeeded("relay-reader", relays, { signer });
    if (options.readsRelay !== false) relayReader.wake?.();
    const channels = await startChannelManager(
      supervisor,
      profile,
      { ...options.channels, asset: profile.asset, watchAtStart: !options.oneOff },
      { store, signer, chain },
      log,
    );
    const quotes = profile.connectorBtp === null
      ? null
      : await supervisor.whenNeeded("quotes", quotesOptionsOf(profile), {
        ...{ signer, store, relayReader },
      });
    await startEarly(supervisor, options, [channels?.handle, chain]);
    const chainClient: EvmChain & GasMarket = chain.client();
    // The first payment waits for this. The chain answers while the job is planned.
    if (options.sends && profile.chain.rpcUrls.length > 0) {
      chainClient.contracts().catch(() => undefined);
    }
    const all = [store, signer].map(({ ready }) => ready);
    await Promise.all([...all, chainReady, channels?.ready]);
    const signerClient = signer.client();
    const [identity, ceilings, answersKey] = await Promise.all([
      signerClient.identity(),
      signerClient.ceilings(),
      signerClient.answersKey(),
    ]);
    const blobs = withCopies(
      await startBlobs(supervisor, { paths, profile }, { store, signer }),
      supervisor,
      {
        folder: paths.blobsFolder,
        known: blobHosts(profile),
        reach: profile.name === "dev" ? "loopback" : "public",
      },
    );
    const relayCopies = startRelayCopies(supervisor);
    const jobLogs = await startJobLogs(supervisor, profile, identity.pubkey, signer);
    const { useConnectors } = channels ?? {};
    const spending = spendingLimits(ceilings, profile.asset);
    return {
      options,
      supervisor,
      services: {
        store,
        signer,
        chain,
        relayReader,
        manager: channels?.handle ?? null,
        jobLogs,
        blobs,
        messages: await startMessages(supervisor, options, identity.pubkey, {
          store,
          signer,
          relayReader,
          relayCopies,
        }),
        quotes,
        market: await supervisor.whenNeeded("market"),
        relayCopies,
      },
      store: store.client(),
      signer: signerClient,
      chain: chainClient,
      relayReader: relayReader.client(),
      blobs: blobs.client(),
      manager: channels?.handle.client() ?? null,
      channelsRest: channels?.rests ?? (() => false),
      spending,
      async lowerCeilings(lowered) {
        const ceilings = await signerClient.lowerCeilings(lowered);
        Object.assign(spending, spendingLimits(ceilings, profile.asset));
      },
      useConnectors: useConnectors === undefined ? null : async (moreConnectors, limits) => {
        const now = { ...options.profile, moreConnectors };
        Object.assign(options, { profile: now });
        await useConnectors(now, limits);
        await quotes?.renew(quotesOptionsOf(now));
        await jobLogs?.renew(jobLogsOptions(now, identity.pubkey));
      },
      identity: { ...identity, answersKey },
      async stop(deadlineMs) {
        await supervisor.stop(deadlineMs);
        blobs[Symbol.dispose]();
        relayCopies[Symbol.dispose]();
      },
    };
  } catch (error) {
    await supervisor.stop(0).catch(() => undefined);
    throw error;
  }
}

/**
 * A provider sends its jobs' logs in packets that pay nothing, on a separate session from the one for payments; where there is no connector
 * and writes are free, over the relay.
 */
async function startJobLogs(
  supervisor: Supervisor,
  profile: Profile,
  senderId: string,
  signer: ServiceHandle,
): Promise<RenewableService | null> {
  const { connectorBtp, write } = profile;
  if (connectorBtp === null && write !== "nostr") return null;
  return await supervisor.whenNeeded("job-logs", jobLogsOptions(profile, senderId), { signer });
}

/** Only the passphrase raises them, while no other process works on the home. */
function spendingLimits({ effective }: CeilingsView, asset: Asset): SpendingLimits {
  return {
    jobUnits: effective.perJobUnits,
    providerDayUnits: effective.perProviderDayUnits,
    strangersDayUnits: effective.perStrangersDayUnits,
    windowUnits: effective.windowUnits,
    asset,
  };
}
