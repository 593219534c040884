/**
 * Profiles as text. `dev up` writes the `dev` profile to a file with mode 0600.
 *
 * @module
 */
import { formatHopFee } from "../protocols/ilp/fee.ts";
import { kindPricesText } from "../protocols/nostr/write_price.ts";
import { stringify } from "smol-toml";
import type { Profile } from "./profile.ts";
import { parseToml, TableReader } from "./table.ts";
import { PROFILE_SCHEMA } from "./profile_schema.ts";
import { PROFILE_NAME, PROFILE_NAME_WORDS, readProfile } from "./profile_table.ts";

/**
 * Reads a profile's own file, as `formatProfile` writes it.
 *
 * @throws ConfigError that names the key
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { BASE_SEPOLIA } from "./base_sepolia.ts";
 * import { formatProfile, parseProfile } from "./profiles.ts";
 *
 * assert.deepEqual(parseProfile(formatProfile(BASE_SEPOLIA)), BASE_SEPOLIA);
 * ```
 */
export function parseProfile(toml: string, where = "profile"): Profile {
  const table = new TableReader(parseToml(toml, where), "", PROFILE_SCHEMA);
  return readProfile(table, table.matching("name", PROFILE_NAME, PROFILE_NAME_WORDS));
}

/** The profile as TOML that {@link parseProfile} reads. It contains the connector's token, so the file must have mode 0600. */
export function formatProfile(profile: Profile): string {
  const { chain } = profile;
  return stringify(withoutNull({
    name: profile.name,
    relay_url: profile.relayUrl,
    more_relays: profile.moreRelays && [...profile.moreRelays],
    write: profile.write,
    connector_btp: profile.connectorBtp,
    connector_reaches: profile.connectorReaches && [...profile.connectorReaches],
    ilp_address: profile.ilpAddress,
    hop_fees: profile.hopFees?.map(formatHopFee),
    wire: profile.wire,
    testnet: profile.testnet,
    peer_rule: profile.peerRule,
    relay: profile.relay && {
      pubkey: profile.relay.pubkey,
      ilp_address: profile.relay.ilpAddress,
      price_units_per_byte: profile.relay.priceUnitsPerByte.toString(),
      ...(profile.relay.kindPricesUnitsPerByte === undefined
        ? {}
        : { kind_prices: { ...kindPricesText(profile.relay.kindPricesUnitsPerByte) } }),
    },
    blobs: profile.blobs && {
      url: profile.blobs.url,
      units_per_mib: profile.blobs.unitsPerMib.toString(),
      ...(profile.blobs.mirrors && { mirrors: [...profile.blobs.mirrors] }),
    },
    connector_auth: profile.connectorAuth && { ...profile.connectorAuth },
    connectors: profile.moreConnectors && formatConnectors(profile.moreConnectors),
    peer: profile.peer &&
      withoutNull({ address: profile.peer.address, channel_id: profile.peer.channelId }),
    chain: withoutNull({
      chain_id: chain.chainId,
      token_network_address: chain.tokenNetworkAddress,
      facts_file: chain.factsFile,
      token_address: chain.tokenAddress,
      registry_address: chain.registryAddress,
      token_network_code_hash: chain.tokenNetworkCodeHash,
      deploy_block: chain.deployBlock,
      units_per_base: chain.unitsPerBase?.toString(),
      rpc_urls: chain.rpcUrls.length === 0 ? undefined : [...chain.rpcUrls],
      confirmations: chain.confirmations,
      units_per_native: chain.unitsPerNative?.toString(),
      explorer_url: chain.explorerUrl,
      faucet_url: chain.faucetUrl,
    }),
    asset: withoutNull({
      code: profile.asset.code,
      scale: profile.asset.scale,
      announced_scale: profile.asset.announcedScale,
    }),
  }));
}

function formatConnectors(connectors: NonNullable<Profile["moreConnectors"]>) {
  return Object.fromEntries(
    connectors.map(({ name, url, auth, peerAddress, reaches, ilpAddress, peerRule }) => [
      name,
      withoutNull({
        url,
        auth: auth && { ...auth },
        peer_address: peerAddress,
        reaches: reaches.length === 0 ? undefined : [...reaches],
        ilp_address: ilpAddress,
        peer_rule: peerRule,
      }),
    ]),
  );
}

function withoutNull(table: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(table).filter(([, value]) => value != null));
}
