/**
 * Profiles as text. `dev` is written by `dev up` and read from its own 0600 file.
 *
 * @module
 */
import { formatHopFee } from "../protocols/ilp/fee.ts";
import { kindPricesText } from "../protocols/nostr/write_price.ts";
import { stringify } from "smol-toml";
import type { Profile } from "./profile.ts";
import { parseToml, TableReader } from "./table.ts";
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
  const table = new TableReader(parseToml(toml, where), "");
  return readProfile(table, table.matching("name", PROFILE_NAME, PROFILE_NAME_WORDS));
}

<<<<<<< HEAD
=======
/** What a profile may be called. */
export const PROFILE_NAME = /^[a-z0-9][a-z0-9-]{0,31}$/;
const PROFILE_NAME_WORDS = "1 to 32 small letters, digits or '-'";

/** Reads `[networks.NAME]`: the same keys, the name standing in the table's own. */
export function readProfile(table: TableReader, name: string): Profile {
  if (!PROFILE_NAME.test(name)) {
    throw new ConfigError(
      "config_invalid",
      `the network name ${name.slice(0, 40)} must be ${PROFILE_NAME_WORDS}`,
      "rename the table, e.g. [networks.my-net]",
    );
  }
  const write = table.word("write", ["ilp", "nostr"], "ilp");
  const connector = table.text("connector_btp");
  const chain = readChain(table.table("chain"));
  const profile: Profile = {
    name,
    relayUrl: checkRelayUrl(table.required("relay_url"), table.name("relay_url")),
    relay: readRelay(table.table("relay")),
    ...readBlobs(table.table("blobs")),
    write,
    connectorBtp: connector === undefined
      ? null
      : checkConnectorUrl(connector, table.name("connector_btp")),
    connectorAuth: readAuth(table.table("connector_auth")),
    peer: readPeer(table.table("peer")),
    ...readOwnAddress(table),
    ...readHopFees(table),
    wire: table.word("wire", WIRE_NAMES, DEFAULT_WIRE),
    chain,
    asset: readAsset(table.table("asset")),
    testnet: readTestnet(table, chain.chainId),
    peerRule: table.word("peer_rule", ["credit", "strict"], "strict"),
  };
  table.end();
  checkFacts(table, profile);
  if (write === "ilp" && profile.connectorBtp === null) {
    throw new ConfigError(
      "config_invalid",
      `${table.name("connector_btp")} is missing: writes are paid through a connector`,
      'add connector_btp = "btp+wss://...", or write = "nostr" for a relay that takes events free',
    );
  }
  return profile;
}

>>>>>>> f3c0f33 (feat(blobs): a Blossom server beside the dev relay, storage paid by the byte, and put and fetch in a home)
/** The profile as TOML that {@link parseProfile} reads. Holds the connector's token: the file must be 0600. */
export function formatProfile(profile: Profile): string {
  const { chain } = profile;
  return stringify(withoutNull({
    name: profile.name,
    relay_url: profile.relayUrl,
    write: profile.write,
    connector_btp: profile.connectorBtp,
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
    },
    connector_auth: profile.connectorAuth && { ...profile.connectorAuth },
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

function withoutNull(table: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(table).filter(([, value]) => value != null));
}
<<<<<<< HEAD
=======

function readOwnAddress(table: TableReader): Pick<Profile, "ilpAddress"> {
  const text = table.text("ilp_address");
  if (text === undefined) return {};
  if (!ILP_ADDRESS.test(text)) {
    throw new ConfigError(
      "config_invalid",
      `${table.name("ilp_address")} must be an ILP address (got ${text.slice(0, 40)})`,
      'use the address that the connector routes to this home, e.g. "test.dev.provider"',
    );
  }
  return { ilpAddress: text };
}

function readHopFees(table: TableReader): Pick<Profile, "hopFees"> {
  const texts = table.texts("hop_fees", 16);
  if (texts.length === 0) return {};
  try {
    return { hopFees: texts.map(parseHopFee) };
  } catch {
    throw table.bad(
      "hop_fees",
      'a list like ["g.town.provider 3 10"]: address, flat units, basis points',
    );
  }
}

function readRelay(table: TableReader | null): Profile["relay"] {
  if (table === null) return null;
  const relay = {
    pubkey: table.matching("pubkey", /^[0-9a-f]{64}$/, "64 small hex digits"),
    ilpAddress: table.matching("ilp_address", ILP_ADDRESS, "an ILP address like g.town.relay"),
    priceUnitsPerByte: table.units("price_units_per_byte", 10n),
    ...readKindPrices(table.table("kind_prices")),
  };
  table.end();
  return relay;
}

function readBlobs(table: TableReader | null): Pick<Profile, "blobs"> {
  if (table === null) return {};
  const blobs = {
    url: checkHttpUrl(table.required("url"), table.name("url")),
    unitsPerMib: table.units("units_per_mib", 0n),
  };
  table.end();
  return { blobs };
}

function readKindPrices(
  table: TableReader | null,
): Pick<NonNullable<Profile["relay"]>, "kindPricesUnitsPerByte"> {
  if (table === null) return {};
  const prices: Record<number, bigint> = {};
  for (const kind of table.keys()) {
    if (!/^(0|[1-9]\d{0,4})$/.test(kind) || Number(kind) > 65_535) {
      throw table.bad(kind, "under a kind from 0 to 65535");
    }
    prices[Number(kind)] = table.units(kind, 0n);
  }
  return { kindPricesUnitsPerByte: prices };
}

function readAuth(table: TableReader | null): Profile["connectorAuth"] {
  if (table === null) return null;
  const auth = { username: table.required("username"), token: table.required("token") };
  table.end();
  return auth;
}

function readPeer(table: TableReader | null): Profile["peer"] {
  if (table === null) return null;
  const peer = {
    address: table.matching("address", ADDRESS, "0x and 40 hex digits"),
    channelId: table.take("channel_id") === undefined
      ? null
      : table.matching("channel_id", /^0x[0-9a-f]{64}$/, "0x and 64 small hex digits"),
  };
  table.end();
  return peer;
}

/** A chain is asked, or a file speaks for it: never both, as nobody could say which of them is right. */
function checkFacts(table: TableReader, { peer, chain }: Profile): void {
  const { chainId, rpcUrls, factsFile, registryAddress, tokenAddress, tokenNetworkAddress } = chain;
  const refuse = (key: string, why: string, suggestion: string) => {
    throw new ConfigError("config_invalid", `${table.name(key)} ${why}`, suggestion);
  };
  if (peer !== null && chainId !== 0 && tokenAddress === undefined) {
    refuse(
      "chain.token_address",
      "is missing beside peer: each claim names the token, and some connectors redeem none without it",
      "add the address of the channel's token",
    );
  }
  if (rpcUrls.length > 0) {
    if (factsFile !== null) {
      refuse("chain.facts_file", "stands beside chain.rpc_urls", "keep one of them");
    }
    if (peer !== null && peer.channelId !== null) {
      refuse(
        "peer.channel_id",
        "stands beside chain.rpc_urls: the channel is found on the chain",
        "remove it, or 'crosstown channel list' shows what was found",
      );
    }
    for (const [key, address] of Object.entries({ registryAddress, tokenAddress })) {
      if (address === undefined) {
        refuse(
          `chain.${key === "tokenAddress" ? "token_address" : "registry_address"}`,
          "is missing beside chain.rpc_urls",
          "only the profile names contracts: add the address that you trust",
        );
      }
    }
    if (tokenNetworkAddress === ZERO_ADDRESS) {
      refuse(
        "chain.token_network_address",
        "is missing beside chain.rpc_urls",
        "add the address that the registry names for the token",
      );
    }
  }
}

function readChain(table: TableReader | null): Profile["chain"] {
  if (table === null) return NO_CHAIN;
  const address = (key: string) =>
    table.take(key) === undefined
      ? undefined
      : table.matching(key, ADDRESS, "0x and 40 hex digits");
  const url = (key: string) => {
    const text = table.text(key);
    return text === undefined ? undefined : checkHttpUrl(text, table.name(key));
  };
  const unitsPerBase = table.take("units_per_base") === undefined
    ? undefined
    : table.units("units_per_base", 1n);
  if (unitsPerBase !== undefined && unitsPerBase !== 1n) {
    throw table.bad("units_per_base", "1: other units are not converted yet");
  }
  const chain = {
    chainId: table.whole("chain_id", { min: 0, max: Number.MAX_SAFE_INTEGER }, 0),
    tokenNetworkAddress: address("token_network_address") ?? ZERO_ADDRESS,
    factsFile: table.text("facts_file") ?? null,
    rpcUrls: table.texts("rpc_urls", 8).map((url) => checkHttpUrl(url, table.name("rpc_urls"))),
    confirmations: table.whole("confirmations", { min: 1, max: 1_000 }, 1),
    ...present({
      tokenAddress: address("token_address"),
      registryAddress: address("registry_address"),
      tokenNetworkCodeHash: table.take("token_network_code_hash") === undefined
        ? undefined
        : table.matching("token_network_code_hash", /^0x[0-9a-f]{64}$/, HASH_WORDS),
      deployBlock: table.take("deploy_block") === undefined
        ? undefined
        : table.whole("deploy_block", { min: 0, max: Number.MAX_SAFE_INTEGER }, 0),
      unitsPerBase,
      unitsPerNative: table.take("units_per_native") === undefined
        ? undefined
        : table.units("units_per_native", 0n),
      explorerUrl: url("explorer_url"),
      faucetUrl: url("faucet_url"),
    }),
  };
  table.end();
  return chain;
}

/** Only the fields that have a value, so that a profile read back equals the one written. */
function present<Fields extends object>(fields: Fields): Partial<Fields> {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined),
  ) as Partial<Fields>;
}

function readAsset(table: TableReader | null): Profile["asset"] {
  if (table === null) return { code: "M2M", scale: 6 };
  const asset = {
    code: table.matching("code", /^[A-Za-z0-9]{1,12}$/, "1 to 12 letters or digits"),
    scale: table.whole("scale", { min: 0, max: 18 }, 6),
    ...(table.take("announced_scale") === undefined
      ? {}
      : { announcedScale: table.whole("announced_scale", { min: 0, max: 255 }, 6) }),
  };
  table.end();
  return asset;
}

function readTestnet(table: TableReader, chainId: number): boolean {
  const said = table.flag("testnet");
  if (said === true && MAIN_CHAINS.has(chainId)) {
    throw table.bad("testnet", `false: chain ${chainId} is a main network`);
  }
  return said ?? TEST_CHAINS.has(chainId);
}
>>>>>>> f3c0f33 (feat(blobs): a Blossom server beside the dev relay, storage paid by the byte, and put and fetch in a home)
