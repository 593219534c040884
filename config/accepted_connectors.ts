/**
 * The connectors whose announced terms a user accepted: `terms/NETWORK.connectors.toml` in the home, mode 0600. They are used beside the
 * connectors of `crosstown.toml`, under the same rules (docs/connectors.md).
 *
 * @module
 */
import { join } from "../base/path.ts";
import { stringify } from "smol-toml";
import { isIlpAddress } from "../protocols/ilp/address.ts";
import { ConfigError } from "../base/config_error.ts";
import { checkConnectorUrl } from "../base/urls.ts";
import { type ConfigFile, refuseReadable } from "./config_file.ts";
import { checkConnectorName, readReaches, withConnectors } from "./more_connectors.ts";
import type { HomePaths } from "./paths.ts";
import type { AcceptedAnnouncement, MoreConnector, Profile } from "./profile.ts";
import { parseToml, TableReader } from "./table.ts";

/** An accepted connector. */
export interface AcceptedConnector extends AcceptedAnnouncement {
  /** The name that the user gave it. */
  readonly name: string;
  readonly url: string;
  /** `0x` and 40 lowercase hex digits. */
  readonly peerAddress: string;
  /** At least one ILP address. */
  readonly reaches: readonly string[];
  /** ISO 8601, for people. */
  readonly acceptedAt: string;
}

/** An accepted connector that is not used, and why, for people. */
interface UnusedConnector {
  readonly name: string;
  readonly reason: string;
}

const MAX_S = 2 ** 40;

/** The path of the file. */
export function acceptedConnectorsFile(
  { home }: Pick<HomePaths, "home">,
  network: string,
): string {
  return join(home, "terms", `${network}.connectors.toml`);
}

/** The text of the file. */
export function formatAcceptedConnectors(connectors: readonly AcceptedConnector[]): string {
  return stringify(Object.fromEntries(connectors.map((each) => [each.name, {
    pubkey: each.pubkey,
    url: each.url,
    peer_address: each.peerAddress,
    reaches: each.reaches,
    created_at_s: each.createdAtS,
    expires_at_s: each.expiresAtS,
    accepted_at: each.acceptedAt,
  }])));
}

/** Reads the file; empty if there is none. Throws ConfigError if it is malformed, or if others may read it. */
export async function readAcceptedConnectors(
  path: string,
  readFile: (path: string) => Promise<ConfigFile | null>,
): Promise<readonly AcceptedConnector[]> {
  const file = await readFile(path);
  if (file === null) return [];
  refuseReadable(path, file.mode, "whom this home pays");
  return parseAcceptedConnectors(file.text, path);
}

/** Reads its text. `path` names it in messages. */
export function parseAcceptedConnectors(text: string, path: string): readonly AcceptedConnector[] {
  const file = new TableReader(parseToml(text, path), "");
  return file.keys().map((name) => {
    checkConnectorName(name);
    const table = file.table(name)!;
    const connector: AcceptedConnector = {
      name,
      pubkey: table.matching("pubkey", /^[0-9a-f]{64}$/, "64 small hex digits"),
      url: checkConnectorUrl(table.required("url"), table.name("url")),
      peerAddress: table.matching(
        "peer_address",
        /^0x[0-9a-f]{40}$/,
        "0x and 40 small hex digits",
      ),
      reaches: readReaches(table, "reaches"),
      createdAtS: table.whole("created_at_s", { min: 0, max: MAX_S }, 0),
      expiresAtS: table.whole("expires_at_s", { min: 0, max: MAX_S }, 0),
      acceptedAt: table.required("accepted_at"),
    };
    table.end();
    // Without one it would reach every address, which no announcement can say.
    if (connector.reaches.length > 0 && connector.reaches.every(isIlpAddress)) return connector;
    throw new ConfigError(
      "config_invalid",
      `reaches of ${name} in ${path} must name at least one ILP address`,
      "remove the table, and accept the terms again with 'crosstown connector terms'",
    );
  });
}

/** The connector as the profile has it. On a dev network it may listen on this machine; elsewhere only on the public internet. */
export function asMoreConnector(
  { name, url, peerAddress, reaches, pubkey, createdAtS, expiresAtS }: AcceptedConnector,
  profile: Pick<Profile, "name" | "peerRule">,
): MoreConnector {
  return {
    name,
    url,
    auth: null,
    peerAddress,
    reaches,
    peerRule: profile.peerRule,
    announced: { pubkey, createdAtS, expiresAtS },
    ...(profile.name === "dev" ? {} : { publicOnly: true }),
  };
}

/**
 * The profile with the accepted connectors, in their order. One that the profile cannot have, because the configuration was changed since,
 * is left out: commands must work so that the user can forget it.
 */
export function withAcceptedConnectors(
  profile: Profile,
  accepted: readonly AcceptedConnector[],
): { readonly profile: Profile; readonly unused: readonly UnusedConnector[] } {
  const unused: UnusedConnector[] = [];
  let all = profile;
  for (const connector of accepted) {
    try {
      all = withConnectors(all, [asMoreConnector(connector, profile)]);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      unused.push({ name: connector.name, reason: error.message });
    }
  }
  return { profile: all, unused };
}
