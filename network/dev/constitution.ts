/**
 * The definition of an embedded network: its parties, their tokens, the prices, and the profiles of its participants.
 *
 * @module
 */
import { DEFAULT_WIRE } from "../../protocols/wires/names.ts";
import { DEV_REGISTRY, DEV_TOKEN, DEV_TOKEN_NETWORK } from "../chain/dev_contracts.ts";
import type { ChannelFacts } from "../../money/evm/chain.ts";
import type { Profile } from "../../config/profile.ts";
import { DEV_CHAIN_ID } from "../../config/chains.ts";
import type { WalletIdentity } from "../../money/wallet/key_maker_service.ts";

export { DEV_CHAIN_ID };
/** The ILP address of the network's connector. */
export const DEV_CONNECTOR_ADDRESS = "test.dev";
/** The ILP address to which writes are paid. */
export const DEV_RELAY_ADDRESS = "test.dev.relay";
/** The price of a MiB of storage for blobs: 100 MiB cost 0.1 M2M. */
export const DEV_BLOB_UNITS_PER_MIB = 1_000n;
/** The price of a relay write. */
export const DEV_PRICE_UNITS_PER_BYTE = 10n;
/** The tokens that each party gets when the network is set up, in raw units. */
const DEV_TOKENS: Readonly<Record<keyof DevIdentities, bigint>> = {
  buyer: 1_000_000_000n,
  connector: 1_000_000_000n,
  provider: 100_000_000n,
  relay: 100_000_000n,
};
/** The tokens of each additional provider. The connector gets the same amount more, for its channel to that provider. */
export const DEV_PROVIDER_TOKENS = 100_000_000n;
/** The gas that each party gets: 10 of the chain's own currency. */
export const DEV_GAS_WEI = 10n ** 19n;

/** The parties of the network. */
export interface DevIdentities {
  readonly buyer: WalletIdentity;
  readonly relay: WalletIdentity;
  readonly connector: WalletIdentity;
  readonly provider: WalletIdentity;
}

/** The tokens that each party gets when a network with these providers is set up, in raw units, by name. */
export function devGrants(providers: readonly string[]): Readonly<Record<string, bigint>> {
  const more = providers.filter((name) => !(name in DEV_TOKENS));
  return {
    ...DEV_TOKENS,
    connector: DEV_TOKENS.connector + BigInt(more.length) * DEV_PROVIDER_TOKENS,
    ...Object.fromEntries(more.map((name) => [name, DEV_PROVIDER_TOKENS])),
  };
}

/** The asset of all amounts. */
const DEV_ASSET: Profile["asset"] = { code: "M2M", scale: 6 };

/** The part of every profile that names the chain, its contracts and the asset. */
export function devMoney(rpcUrl: string): Pick<Profile, "name" | "chain" | "asset"> {
  return {
    name: "dev",
    chain: {
      chainId: DEV_CHAIN_ID,
      tokenNetworkAddress: DEV_TOKEN_NETWORK,
      factsFile: null,
      rpcUrls: [rpcUrl],
      confirmations: 1,
      registryAddress: DEV_REGISTRY,
      tokenAddress: DEV_TOKEN,
    },
    asset: DEV_ASSET,
  };
}

/** The `dev` profile of one home. */
export function devProfile(parts: {
  readonly relayUrl: string;
  readonly relayPubkey: string;
  /** The URL of the relay's blob server. Missing if it has none. */
  readonly blobsUrl?: string;
  readonly connectorBtp: string;
  readonly username: string;
  readonly token: string;
  /** The connector's payment address. */
  readonly peerAddress: string;
  /** The chain's RPC, or a file that replaces the chain and states the facts of one channel. */
  readonly money:
    | { readonly rpcUrl: string }
    | { readonly channel: ChannelFacts; readonly factsFile: string };
  /** Default: the default wire. */
  readonly wire?: Profile["wire"];
}): Profile {
  return {
    name: "dev",
    relayUrl: parts.relayUrl,
    relay: {
      pubkey: parts.relayPubkey,
      ilpAddress: DEV_RELAY_ADDRESS,
      priceUnitsPerByte: DEV_PRICE_UNITS_PER_BYTE,
    },
    ...(parts.blobsUrl === undefined
      ? {}
      : { blobs: { url: parts.blobsUrl, unitsPerMib: DEV_BLOB_UNITS_PER_MIB } }),
    write: "ilp",
    connectorBtp: parts.connectorBtp,
    connectorAuth: { username: parts.username, token: parts.token },
    peer: {
      address: parts.peerAddress,
      channelId: "channel" in parts.money ? parts.money.channel.channelId : null,
    },
    wire: parts.wire ?? DEFAULT_WIRE,
    chain: "rpcUrl" in parts.money ? devMoney(parts.money.rpcUrl).chain : {
      ...devMoney("").chain,
      factsFile: parts.money.factsFile,
      rpcUrls: [],
    },
    asset: DEV_ASSET,
    testnet: true,
    peerRule: "credit",
  };
}
