/**
 * The services for a home's channels: the chain service and, if the network has a chain, the channel manager. The manager asks the
 * connector for proofs. In a daemon, both may rest.
 *
 * @module
 */
import { chainFacts } from "../config/chains.ts";
import type { Supervisor } from "./workers/supervisor.ts";
import { hostOfUrl } from "../base/urls.ts";
import type { ChannelManagerServiceOptions } from "../money/channels/manager_service.ts";
import type { EvmChainOptions } from "../money/evm/evm_options.ts";
import type { ChainServiceOptions } from "../money/evm/chain_service.ts";
import type { Profile } from "../config/profile.ts";
import type { CounterpartyOptions } from "../peers/connector/counterparty_service.ts";
import type { ServiceHandle } from "../runtime/hosted_service.ts";
import type { Log } from "../base/log/log.ts";
import { startRestingManager } from "./resting_manager.ts";

/** A quarter of the shortest grace period's limit in docs/money.md#channels (grace/12), outside of `dev`. */
const MAX_BLOCK_AGE_MS = 1_800_000;

/** The options of the chain service for the profile's channels. */
export function chainOptionsOf(
  { name, chain, asset }: Pick<Profile, "name" | "chain" | "asset">,
): ChainServiceOptions {
  const { rpcUrls, registryAddress, tokenAddress } = chain;
  if (rpcUrls.length === 0 || registryAddress === undefined || tokenAddress === undefined) {
    return { factsFile: chain.factsFile };
  }
  const evm: EvmChainOptions = {
    rpcUrls,
    chainId: chain.chainId,
    registryAddress,
    tokenAddress,
    tokenNetworkAddress: chain.tokenNetworkAddress,
    tokenDecimals: asset.scale,
    confirmations: chain.confirmations,
    ...(chain.deployBlock === undefined ? {} : { deployBlock: chain.deployBlock }),
    // The program itself deployed the contracts of `dev`. For other networks the profile has their addresses and, if it names one, the hash
    // of their code.
    ...(name === "dev" ? {} : { tokenNetworkCodeHash: chain.tokenNetworkCodeHash ?? null }),
    // A node that has stopped synchronizing still answers quickly, but shows deposits that are gone and misses closes.
    ...(chainFacts(chain.chainId).local ? {} : { maxBlockAgeMs: MAX_BLOCK_AGE_MS }),
  };
  return { factsFile: null, evm };
}

/** A service, and when it is ready if it must be waited for. */
interface ChannelService {
  readonly handle: ServiceHandle;
  readonly ready: Promise<void>;
}

/**
 * Starts the chain service of a home. On a network with a chain, its worker ends after a while without a call. In a one-off command it
 * starts with the first call: most commands ask the chain nothing.
 */
export async function startChain(
  supervisor: Pick<Supervisor, "start" | "whenNeeded">,
  profile: Profile,
  oneOff: boolean,
): Promise<ChannelService> {
  const options = chainOptionsOf(profile);
  if (profile.chain.rpcUrls.length === 0) {
    const handle = await supervisor.start("chain", options);
    return { handle, ready: handle.ready };
  }
  const handle = await supervisor.whenNeeded("chain", options, {}, undefined, { isVital: true });
  if (!oneOff) handle.wake?.();
  return { handle, ready: Promise.resolve() };
}

/** A running channel manager. */
interface ChannelManagerStarted extends ChannelService {
  /** Whether it rests now. */
  readonly rests: () => boolean;
  /** Pays the settlement addresses of these connectors, and no others, with these limits. Absent where that needs a restart. */
  readonly useConnectors?: (
    now: Profile,
    limits: Partial<ChannelManagerServiceOptions>,
  ) => Promise<void>;
}

/** Starts the channel manager of a home; null if the network has no chain. */
export async function startChannelManager(
  supervisor: Pick<Supervisor, "start" | "whenNeeded">,
  profile: Profile,
  options: ChannelManagerServiceOptions,
  services: {
    readonly store: ServiceHandle;
    readonly signer: ServiceHandle;
    readonly chain: ServiceHandle;
  },
  log: Log,
): Promise<ChannelManagerStarted | null> {
  if (profile.chain.rpcUrls.length === 0) return null;
  const { connectorBtp, peer, moreConnectors = [] } = profile;
  const named = managerOptions(profile, options);
  // Daemons watch their channels. One-off commands do not, and most of them never ask the manager.
  const begin = async (
    name: "channel-manager" | "channel-manager-provable",
    given: typeof services,
  ) => {
    if (options.watchAtStart) {
      const { handle, rests } = await startRestingManager(supervisor, name, named, given, { log });
      const renew = async (next: ChannelManagerServiceOptions) => {
        await handle.renew(next);
        handle.wake?.();
      };
      return { handle, rests, ready: Promise.resolve(), renew };
    }
    const handle = await supervisor.whenNeeded(name, named, given, null, { isVital: true });
    return { handle, ready: Promise.resolve(), rests: () => false, renew: undefined };
  };
  if (connectorBtp === null || (peer === null && moreConnectors.length === 0)) {
    return await begin("channel-manager", services);
  }
  // Started on demand: it is needed only after a channel's state was lost.
  const counterparty = await supervisor.whenNeeded(
    "counterparty",
    counterpartyOptions(profile, connectorBtp),
    { signer: services.signer },
  );
  const given = { ...services, counterparty } as typeof services;
  const { renew, ...manager } = await begin("channel-manager-provable", given);
  return {
    ...manager,
    ...renew !== undefined && {
      async useConnectors(now, limits) {
        await counterparty.renew(counterpartyOptions(now, connectorBtp));
        await renew(managerOptions(now, { ...options, ...limits }));
      },
    },
  };
}

function managerOptions(
  profile: Profile,
  options: ChannelManagerServiceOptions,
): ChannelManagerServiceOptions {
  const { connectorBtp, peer, moreConnectors = [] } = profile;
  return {
    ...options,
    unitsPerNative: profile.chain.unitsPerNative,
    // Another mayor of this wallet may pay through the same channel. If both signed claims on it, each would halt the other.
    recoverByItself: false,
    peers: [
      ...(peer === null ? [] : [{ name: connectorBtp ?? profile.name, address: peer.address }]),
      ...moreConnectors.map(({ name, peerAddress }) => ({ name, address: peerAddress })),
    ],
  };
}

function counterpartyOptions(
  { chain, connectorAuth, wire, peer, moreConnectors = [] }: Profile,
  connectorBtp: string,
): CounterpartyOptions {
  const { chainId, tokenNetworkAddress } = chain;
  return {
    connectors: [
      ...(peer === null
        ? []
        : [{ url: connectorBtp, auth: connectorAuth, peerAddress: peer.address }]),
      ...moreConnectors,
    ].map(({ url, auth, peerAddress, ...more }) => ({
      ...{ url, auth, peerAddress, host: hostOfUrl(url) },
      ...("publicOnly" in more && { publicOnly: more.publicOnly }),
    })),
    wire,
    chain: { chainId, tokenNetworkAddress },
    senderId: "recovery",
  };
}
