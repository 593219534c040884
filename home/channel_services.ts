/**
 * The services that keep a home's channels: the chain, and, where there is one to ask, the channel manager with a way to the
 * connector for its proofs.
 *
 * @module
 */
import type { Supervisor } from "./workers/supervisor.ts";
import { hostOfUrl } from "../base/urls.ts";
import type { ChannelManagerServiceOptions } from "../money/channels/manager_service.ts";
import type { EvmChainOptions } from "../money/evm/evm_options.ts";
import type { ChainServiceOptions } from "../money/evm/chain_service.ts";
import type { Profile } from "../config/profile.ts";
import type { CounterpartyOptions } from "../peers/connector/counterparty_service.ts";
import type { ServiceHandle } from "../runtime/hosted_service.ts";
import type { StartedService } from "../runtime/supervisor.ts";

/** Chains of one machine, whose blocks may come with transactions alone. */
const LOCAL_CHAINS: ReadonlySet<number> = new Set([1_337, 31_337]);
/** A quarter of what docs/money.md#channels allows for the shortest grace outside of `dev`, grace/12. */
const MAX_BLOCK_AGE_MS = 1_800_000;

/** Where the profile's channels are. */
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
    // The contracts of `dev` are ours. Elsewhere the profile pins their addresses, and their code where it names a hash.
    ...(name === "dev" ? {} : { tokenNetworkCodeHash: chain.tokenNetworkCodeHash ?? null }),
    // A node that stands still answers as quickly as ever, with deposits that are gone and closes that it does not know.
    ...(LOCAL_CHAINS.has(chain.chainId) ? {} : { maxBlockAgeMs: MAX_BLOCK_AGE_MS }),
  };
  return { factsFile: null, evm };
}

/** Starts the channel manager of a home; null where no chain is asked. */
export async function startKeeper(
  supervisor: Pick<Supervisor, "start" | "whenNeeded">,
  profile: Profile,
  options: ChannelManagerServiceOptions,
  services: {
    readonly store: ServiceHandle;
    readonly signer: ServiceHandle;
    readonly chain: ServiceHandle;
  },
): Promise<
  { readonly manager: StartedService; readonly started: readonly StartedService[] } | null
> {
  if (profile.chain.rpcUrls.length === 0) return null;
  const { connectorBtp, connectorAuth, wire, peer } = profile;
  const named: ChannelManagerServiceOptions = {
    ...options,
    unitsPerNative: profile.chain.unitsPerNative,
    // Another mayor of this wallet may pay through the same channel: two that sign would halt each other.
    recoverByItself: false,
    peers: peer === null ? [] : [{ name: connectorBtp ?? profile.name, address: peer.address }],
  };
  if (connectorBtp === null || peer === null) {
    const manager = await supervisor.start("channel-manager", named, services);
    return { manager, started: [manager] };
  }
  const { chainId, tokenNetworkAddress } = profile.chain;
  // Asked where a channel was lost, which is nearly never.
  const counterparty = await supervisor.whenNeeded(
    "counterparty",
    {
      url: connectorBtp,
      auth: connectorAuth,
      wire,
      chain: { chainId, tokenNetworkAddress },
      senderId: "recovery",
      host: hostOfUrl(connectorBtp),
    } satisfies CounterpartyOptions,
    { signer: services.signer },
  );
  const manager = await supervisor.start("channel-manager-provable", named, {
    ...services,
    counterparty,
  });
  return { manager, started: [manager] };
}
