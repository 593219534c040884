/**
 * The file `crosstown.toml`: its keys, and the networks that it adds.
 *
 * @module
 */
import { ConfigError, nearest } from "../base/config_error.ts";
import { readMoreConnectors } from "./more_connectors.ts";
import type { MoreConnector, Profile } from "./profile.ts";
import { readProfile } from "./profile_table.ts";
import { BASE_SEPOLIA } from "./base_sepolia.ts";
import { CONNECTORS_SCHEMA, PROFILE_SCHEMA } from "./profile_schema.ts";
import { readRelays } from "./relay_table.ts";
import { SETTINGS } from "./settings.ts";
import { parseToml, TableReader } from "./table.ts";
import { lineOfKey, withLines } from "./toml_lines.ts";

/** A file as {@link loadConfig} sees it. */
export interface ConfigFile {
  /** Its text. */
  readonly text: string;
  /** Permission bits, or null where the system has none. */
  readonly mode: number | null;
}

/** What stood in the file. */
export interface FileContent {
  /** Raw values by setting key, not checked yet. */
  readonly settings: ReadonlyMap<string, unknown>;
  /** The profiles under `[networks.NAME]`. */
  readonly networks: readonly (readonly [string, Profile])[];
  /** Under `[relays]`: the relay for a network, not checked yet. */
  readonly relays: ReadonlyMap<string, unknown>;
  /** Under `[connectors.NETWORK.NAME]`: further connectors, by network. */
  readonly connectors: ReadonlyMap<string, readonly MoreConnector[]>;
  /** The file's permission bits. */
  readonly mode: number | null;
  /** The line of a key; null if it is unknown. */
  readonly lineOf: (key: string) => number | null;
}

/** Reads `crosstown.toml`. A missing file is empty; an unknown key is refused. */
export async function readConfigFile(
  path: string,
  readFile: (path: string) => Promise<ConfigFile | null>,
): Promise<FileContent> {
  const file = await readFile(path);
  if (file === null) {
    return {
      settings: new Map(),
      networks: [],
      relays: new Map(),
      connectors: new Map(),
      mode: null,
      lineOf: () => null,
    };
  }
  const lineOf = (key: string) => lineOfKey(file.text, key);
  return { ...withLines(path, lineOf, () => contentOf(file, path)), lineOf };
}

function contentOf(file: ConfigFile, path: string): Omit<FileContent, "lineOf"> {
  const table = new TableReader(parseToml(file.text, path), "");
  const settings = new Map<string, unknown>();
  const groups = new Map<string, TableReader | null>();
  for (const [key, { file: allowed }] of Object.entries(SETTINGS)) {
    const [group, name] = key.includes(".") ? key.split(".") : [null, key];
    if (group !== null && !groups.has(group)) groups.set(group, table.table(group));
    const from = group === null ? table : groups.get(group)!;
    if (!allowed || from === null) continue;
    const raw = from.take(name!);
    if (raw !== undefined) settings.set(key, raw);
  }
  const networks = readNetworks(table.table("networks"), path, file.mode);
  const names = [BASE_SEPOLIA.name, ...networks.map(([name]) => name)];
  const relays = readRelays(table.table("relays"), names);
  const connectors = readConnectors(
    table.table("connectors"),
    new Map([["dev", null], [BASE_SEPOLIA.name, BASE_SEPOLIA], ...networks]),
  );
  for (const [network, more] of connectors) {
    if (more.some(({ auth }) => auth !== null)) {
      refuseReadable(path, file.mode, `connectors.${network}`);
    }
  }
  for (const group of groups.values()) group?.end();
  table.end();
  return { settings, networks, relays, connectors, mode: file.mode };
}

/** The connector of `dev` keeps credit; that of another network is treated as its profile says. */
function readConnectors(
  table: TableReader | null,
  networks: ReadonlyMap<string, Profile | null>,
): FileContent["connectors"] {
  return new Map((table?.keys() ?? []).map((name) => {
    if (!networks.has(name)) {
      throw new ConfigError(
        "config_unknown_key",
        `connectors.${name.slice(0, 64)} names no network profile`,
        nearest(name, [...networks.keys()]),
        { key: `connectors.${name}` },
      );
    }
    const { peerRule } = networks.get(name) ?? { peerRule: "credit" };
    return [name, readMoreConnectors(table!.table(name, CONNECTORS_SCHEMA), peerRule)];
  }));
}

function readNetworks(table: TableReader | null, path: string, mode: number | null) {
  if (table === null) return [];
  return table.keys().map((name) => {
    if (name === "dev" || name === BASE_SEPOLIA.name) {
      throw new ConfigError(
        "config_invalid",
        `networks.${name} is built in and cannot be changed`,
        "give your network another name",
        { key: `networks.${name}` },
      );
    }
    const profile = readProfile(table.table(name, PROFILE_SCHEMA)!, name);
    const logins = [
      profile.connectorAuth,
      ...(profile.moreConnectors ?? []).map(({ auth }) => auth),
    ];
    if (logins.some((auth) => auth !== null)) {
      refuseReadable(path, mode, `networks.${name}.connector_auth`);
    }
    return [name, profile] as const;
  });
}

/** Refuses a file that contains a secret and that others may read. */
export function refuseReadable(path: string, mode: number | null, key: string): void {
  if (mode === null || (mode & 0o077) === 0) return;
  throw new ConfigError(
    "config_permissions",
    `${path} holds a secret (${key}) and others may read it (mode ${(mode & 0o777).toString(8)})`,
    `run 'chmod 600 ${path}'`,
  );
}
