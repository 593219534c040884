/**
 * How an embedded network is founded: identities, prices, what each party has, and the profiles of its participants.
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
/** ILP addresses of the network. */
export const DEV_CONNECTOR_ADDRESS = "test.dev";
/** Where paid writes go. */
export const DEV_RELAY_ADDRESS = "test.dev.relay";
/** Price of a MiB of storage for blobs: a hundred MiB cost a tenth of a token. */
export const DEV_BLOB_UNITS_PER_MIB = 1_000n;
/** Price of a relay write. */
export const DEV_PRICE_UNITS_PER_BYTE = 10n;
/** What each party has when the network is founded, in raw units of the token. */
const DEV_TOKENS: Readonly<Record<keyof DevIdentities, bigint>> = {
  buyer: 1_000_000_000n,
  connector: 1_000_000_000n,
  provider: 100_000_000n,
  relay: 100_000_000n,
};
/** What each further provider has, and the connector more for the channel to it. */
export const DEV_PROVIDER_TOKENS = 100_000_000n;
/** And 10 of the chain's own currency, for gas. */
export const DEV_GAS_WEI = 10n ** 19n;

/** The parties of the network. */
export interface DevIdentities {
  readonly buyer: WalletIdentity;
  readonly relay: WalletIdentity;
  readonly connector: WalletIdentity;
  readonly provider: WalletIdentity;
}

/** What each party of a network with this many providers has when it is founded. */
export function devGrants(providers: readonly string[]): Readonly<Record<string, bigint>> {
  const more = providers.filter((name) => !(name in DEV_TOKENS));
  return {
    ...DEV_TOKENS,
    connector: DEV_TOKENS.connector + BigInt(more.length) * DEV_PROVIDER_TOKENS,
    ...Object.fromEntries(more.map((name) => [name, DEV_PROVIDER_TOKENS])),
  };
}

/** What amounts are in. */
const DEV_ASSET: Profile["asset"] = { code: "M2M", scale: 6 };

/** The part of every profile that says where the money is. */
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
  /** The relay's blob server, where it has one. */
  readonly blobsUrl?: string;
  readonly connectorBtp: string;
  readonly username: string;
  readonly token: string;
  /** The connector's. */
  readonly peerAddress: string;
  /** The chain, or a file that speaks for it with the one channel that it states. */
  readonly money:
    | { readonly rpcUrl: string }
    | { readonly channel: ChannelFacts; readonly factsFile: string };
  /** The default wire unless told. */
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
