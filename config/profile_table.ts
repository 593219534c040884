/**
 * Reads a profile's table key by key, from its own file or from `[networks.NAME]`.
 *
 * @module
 */
import { DEFAULT_WIRE, WIRE_NAMES } from "../protocols/wires/names.ts";
import { parseHopFee } from "../protocols/ilp/fee.ts";
import { ConfigError } from "../base/config_error.ts";
import {
  readAuth,
  readMoreConnectors,
  readOwnAddress,
  readReaches,
  withConnectors,
} from "./more_connectors.ts";
import { MAX_MORE_RELAYS } from "./more_relays.ts";
import type { Profile } from "./profile.ts";
import { TableReader } from "./table.ts";
import { checkConnectorUrl, checkHttpUrl, checkRelayUrl } from "../base/urls.ts";
import { ADDRESS, checkFacts, readChain, readTestnet } from "./profile_chain.ts";

const ILP_ADDRESS = /^(g|private|example|peer|self|test[1-3]?|local)([.][a-zA-Z0-9_~-]+)+$/;

/** Valid names of profiles. */
export const PROFILE_NAME = /^[a-z0-9][a-z0-9-]{0,31}$/;
/** {@link PROFILE_NAME} in words. */
export const PROFILE_NAME_WORDS = "1 to 32 small letters, digits or '-'";

/** Reads a profile's keys. For `[networks.NAME]`, the name comes from the table's own name. */
export function readProfile(table: TableReader, name: string): Profile {
  if (!PROFILE_NAME.test(name)) {
    throw new ConfigError(
      "config_invalid",
      `the network name ${name.slice(0, 40)} must be ${PROFILE_NAME_WORDS}`,
      "rename the table, e.g. [networks.my-net]",
      { key: table.name("").replace(/\.$/, "") },
    );
  }
  const write = table.word("write", ["ilp", "nostr"], "ilp");
  const connector = table.text("connector_btp");
  const chain = readChain(table.table("chain"));
  const profile: Profile = {
    name,
    relayUrl: checkRelayUrl(table.required("relay_url"), table.name("relay_url")),
    ...readMoreRelays(table),
    relay: readRelay(table.table("relay")),
    ...readBlobs(table.table("blobs")),
    write,
    connectorBtp: connector === undefined
      ? null
      : checkConnectorUrl(connector, table.name("connector_btp")),
    connectorAuth: readAuth(table.table("connector_auth")),
    ...readMainReaches(table),
    peer: readPeer(table.table("peer")),
    ...readOwnAddress(table),
    ...readHopFees(table),
    wire: table.word("wire", WIRE_NAMES, DEFAULT_WIRE),
    chain,
    asset: readAsset(table.table("asset")),
    testnet: readTestnet(table, chain.chainId),
    peerRule: table.word("peer_rule", ["credit", "strict"], "strict"),
  };
  const more = readMoreConnectors(table.table("connectors"), profile.peerRule);
  table.end();
  checkFacts(table, profile);
  if (write === "ilp" && profile.connectorBtp === null) {
    throw new ConfigError(
      "config_invalid",
      `${table.name("connector_btp")} is missing: writes are paid through a connector`,
      'add connector_btp = "btp+wss://...", or write = "nostr" for a relay that takes events free',
      { key: table.name("connector_btp") },
    );
  }
  return withConnectors(profile, more);
}

function readMainReaches(table: TableReader): Pick<Profile, "connectorReaches"> {
  const connectorReaches = readReaches(table, "connector_reaches");
  return connectorReaches.length === 0 ? {} : { connectorReaches };
}

function readMoreRelays(table: TableReader): Pick<Profile, "moreRelays"> {
  const name = table.name("more_relays");
  const moreRelays = table.texts("more_relays", MAX_MORE_RELAYS)
    .map((url) => checkRelayUrl(url, name));
  return moreRelays.length === 0 ? {} : { moreRelays };
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
  const mirrors = table.texts("mirrors", MAX_MIRRORS);
  const blobs = {
    url: checkHttpUrl(table.required("url"), table.name("url")),
    unitsPerMib: table.units("units_per_mib", 0n),
    ...(mirrors.length > 0 && {
      mirrors: mirrors.map((url) => checkHttpUrl(url, table.name("mirrors"))),
    }),
  };
  table.end();
  return { blobs };
}

/** A blob reference has at most 8 servers. */
const MAX_MIRRORS = 7;

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
