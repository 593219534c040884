/**
 * The connectors that a home uses beside its main one (docs/connectors.md): how to reach each, whom it pays there, and which addresses it
 * reaches.
 *
 * @module
 */
import { isIlpAddress } from "../protocols/ilp/address.ts";
import { ConfigError } from "../base/config_error.ts";
import { checkConnectorUrl } from "../base/urls.ts";
import type { MoreConnector, Profile } from "./profile.ts";
import { ADDRESS } from "./profile_chain.ts";
import type { TableReader } from "./table.ts";

/** The name of the main connector. */
export const MAIN_CONNECTOR = "main";
/** The most further connectors. A home keeps a session with each of them. */
const MAX_MORE_CONNECTORS = 8;
/** The most prefixes of one connector. */
const MAX_PREFIXES = 64;
const NAME = /^[a-z0-9][a-z0-9-]{0,31}$/;

/** Reads the table of further connectors, `[connectors.NAME]`. */
export function readMoreConnectors(
  table: TableReader | null,
  peerRule: Profile["peerRule"],
): readonly MoreConnector[] {
  return (table?.keys() ?? []).map((name) => {
    checkConnectorName(name, table!.name(name));
    return readConnector(table!.table(name)!, name, peerRule);
  });
}

/** Refuses a name that a connector cannot have. `key` is the place of its table; by default the name alone. */
export function checkConnectorName(name: string, key = name): void {
  if (NAME.test(name) && name !== MAIN_CONNECTOR) return;
  throw invalidAt(
    `the connector's name ${
      name.slice(0, 40)
    } must be 1 to 32 small letters, digits or '-', and not ${MAIN_CONNECTOR}`,
    "rename the table, for example east",
    key,
  );
}

function readConnector(
  table: TableReader,
  name: string,
  peerRule: Profile["peerRule"],
): MoreConnector {
  const connector: MoreConnector = {
    name,
    url: checkConnectorUrl(table.required("url"), table.name("url")),
    auth: readAuth(table.table("auth")),
    peerAddress: table.matching("peer_address", ADDRESS, "0x and 40 hex digits").toLowerCase(),
    reaches: readReaches(table, "reaches"),
    ...readOwnAddress(table),
    peerRule: table.word("peer_rule", ["credit", "strict"], peerRule),
  };
  table.end();
  return connector;
}

/** Reads a list of ILP prefixes. */
export function readReaches(table: TableReader, key: string): readonly string[] {
  const prefixes = table.texts(key, MAX_PREFIXES);
  if (prefixes.every(isIlpAddress)) return prefixes;
  throw table.bad(key, 'a list of ILP addresses, like ["g.east"]');
}

/** Reads this home's own address at a connector. */
export function readOwnAddress(table: TableReader): Pick<Profile, "ilpAddress"> {
  const text = table.text("ilp_address");
  if (text === undefined) return {};
  if (isIlpAddress(text)) return { ilpAddress: text };
  throw invalidAt(
    `${table.name("ilp_address")} must be an ILP address (got ${text.slice(0, 40)})`,
    'use the address that the connector routes to this home, e.g. "test.dev.provider"',
    table.name("ilp_address"),
  );
}

/** Reads a login. */
export function readAuth(table: TableReader | null): Profile["connectorAuth"] {
  if (table === null) return null;
  const auth = { username: table.required("username"), token: table.required("token") };
  table.end();
  return auth;
}

/**
 * The profile with further connectors. Two connectors with one settlement address would share a channel, and two with one address on the
 * network are one.
 *
 * @throws {ConfigError} if the profile cannot have them
 */
export function withConnectors(profile: Profile, more: readonly MoreConnector[]): Profile {
  const all = [...profile.moreConnectors ?? [], ...more];
  if (all.length === 0) return profile;
  const where = `the connectors of ${profile.name}`;
  const key = profile.moreConnectors === undefined
    ? `connectors.${profile.name}`
    : `networks.${profile.name}.connectors`;
  const invalid = (message: string, suggestion: string) => invalidAt(message, suggestion, key);
  if (all.length > MAX_MORE_CONNECTORS) {
    throw invalid(`${where} are more than ${MAX_MORE_CONNECTORS}`, "take some out");
  }
  if (profile.connectorBtp === null) {
    throw invalid(`${where} need a main connector`, "set connector_btp in the profile");
  }
  if (profile.chain.rpcUrls.length === 0) {
    throw invalid(`${where} need a chain to open channels on`, "set chain.rpc_urls in the profile");
  }
  const addresses = [profile.peer?.address, ...all.map(({ peerAddress }) => peerAddress)];
  const urls = [profile.connectorBtp, ...all.map(({ url }) => url)].map(plainUrl);
  for (const [what, values] of [["name", all.map(({ name }) => name)], ["url", urls]] as const) {
    if (new Set(values).size < values.length) {
      throw invalid(`two of ${where} have the same ${what}`, "take one out");
    }
  }
  const pinned = addresses.flatMap((address) => address?.toLowerCase() ?? []);
  if (new Set(pinned).size < pinned.length) {
    throw invalid(
      `two of ${where} have the same settlement address`,
      "take one out: claims of one channel go to one connector",
    );
  }
  return { ...profile, moreConnectors: all };
}

/** This home's addresses at its further connectors. They count only beside one at the main connector. */
export function furtherAddresses(
  { ilpAddress, moreConnectors = [] }: Pick<Profile, "ilpAddress" | "moreConnectors">,
): readonly string[] {
  return ilpAddress === undefined ? [] : moreConnectors.flatMap((each) => each.ilpAddress ?? []);
}

/** The name of the connector with this settlement address; null if it is none of the profile's. */
export function connectorNamed(
  { peer, moreConnectors = [] }: Pick<Profile, "peer" | "moreConnectors">,
  address: string,
): string | null {
  const wanted = address.toLowerCase();
  if (peer?.address.toLowerCase() === wanted) return MAIN_CONNECTOR;
  return moreConnectors.find(({ peerAddress }) => peerAddress === wanted)?.name ?? null;
}

function plainUrl(url: string): string {
  return new URL(url.replace(/^btp\+/, "")).href;
}

function invalidAt(message: string, suggestion: string, key: string): ConfigError {
  return new ConfigError("config_invalid", message, suggestion, { key });
}
