/**
 * The configuration of one command: home, mayor, network profile and settings, each with its source. This module does not read
 * the process: flags, environment, files and folders are arguments.
 *
 * @module
 */
import type { VariableName } from "./environment.ts";
import { SETTING_SCALE } from "./setting_readers.ts";
import { acceptedTermsFile, readAcceptedTerms, withAcceptedTerms } from "./accepted_terms.ts";
import {
  acceptedConnectorsFile,
  readAcceptedConnectors,
  withAcceptedConnectors,
} from "./accepted_connectors.ts";
import { ConfigError, nearest } from "../base/config_error.ts";
import { type ConfigFile, readConfigFile, refuseReadable } from "./config_file.ts";
import {
  checkMayor,
  DEFAULT_MAYOR,
  findHome,
  type FoundHome,
  type HomePaths,
  homePaths,
} from "./paths.ts";
import type { Profile } from "./profile.ts";
import { parseProfile } from "./profiles.ts";
import { BASE_SEPOLIA } from "./base_sepolia.ts";
import { lineOfKey, withLines } from "./toml_lines.ts";
import { type SettingKey, SETTINGS, type SettingValue } from "./settings.ts";
import { withConnectors } from "./more_connectors.ts";
import { furtherRelays } from "./more_relays.ts";
import { findSetting, type Found, ofNetwork } from "./find_setting.ts";
import { type ConfigEntry, connectorEntries, entry } from "./explain.ts";
import { refuseMainnet, refusePlainKey } from "./refused_networks.ts";
import type { ConfigFlags } from "./find_setting.ts";

/** The input of {@link loadConfig}. */
export interface ConfigInput {
  /** The flags of the command line. */
  readonly flags: ConfigFlags;
  /** A variable of the environment, or undefined. */
  readonly env: (name: VariableName) => string | undefined;
  /** A file, or null when it is missing. */
  readonly readFile: (path: string) => Promise<ConfigFile | null>;
  /** Whether a folder exists. */
  readonly isFolder: (path: string) => Promise<boolean>;
  /** Rejects if this home may not be used. Called before anything in it is read. */
  readonly admit: (found: FoundHome, paths: HomePaths) => Promise<void>;
  /** The working folder. */
  readonly cwd: string;
  /** The user's home folder, or undefined. */
  readonly homeDir: string | undefined;
}

/** The configuration. */
export interface Config {
  /** The paths of the home. */
  readonly paths: HomePaths;
  /** The mayor whose state is used. */
  readonly mayor: string;
  /** The chosen network. Flags, environment and file have already replaced its relay, connector and RPC. */
  readonly profile: Profile;
  /** The profiles that could be chosen, by name. */
  readonly profiles: ReadonlyMap<string, Profile>;
  /** Accepted connectors that the profile cannot have, and why (docs/connectors.md). */
  readonly unusedConnectors: readonly { readonly name: string; readonly reason: string }[];
  /** A setting's value. */
  get<Key extends SettingKey>(key: Key): SettingValue<Key>;
  /** Every value with its source, secrets hidden. */
  explain(): readonly ConfigEntry[];
}

/**
 * Reads and checks everything.
 *
 * @throws ConfigError with a suggestion; a partly read configuration is never returned
 */
export async function loadConfig(input: ConfigInput): Promise<Config> {
  const env = (name: VariableName) => input.env(name) || undefined;
  const { home, mayor, paths } = await locateHome(input);
  const file = await readConfigFile(paths.configFile, input.readFile);
  const values = new Map<SettingKey, Found>();
  for (const key of Object.keys(SETTINGS) as SettingKey[]) {
    values.set(key, findSetting(key, input.flags, env, file, paths.configFile));
  }
  const get = <Key extends SettingKey>(key: Key) => values.get(key)!.value as SettingValue<Key>;
  if (values.get("wallet.private_key")!.source === paths.configFile) {
    refuseReadable(paths.configFile, file.mode, "wallet.private_key");
  }

  const dev = await readDevProfile(paths.devProfileFile, input.readFile);
  const profiles = new Map([[BASE_SEPOLIA.name, BASE_SEPOLIA], ...file.networks]);
  if (dev !== null) profiles.set("dev", dev);
  const network = chooseNetwork(values.get("network")!, profiles, dev !== null);
  for (const key of ["relay", "more_relays", "connector"] as const) {
    values.set(key, ofNetwork(key, values.get(key)!, network.profile.name, file, paths.configFile));
  }
  const stated = replaceParts(network.profile, get);
  const accepted = stated.relay !== null && stated.peer !== null ? stated : withAcceptedTerms(
    stated,
    await readAcceptedTerms(acceptedTermsFile(paths, stated.name), input.readFile),
  );
  const configured = withLines(
    paths.configFile,
    file.lineOf,
    () => withConnectors(accepted, file.connectors.get(accepted.name) ?? []),
  );
  const { profile, unused } = withAcceptedConnectors(
    configured,
    await readAcceptedConnectors(acceptedConnectorsFile(paths, accepted.name), input.readFile),
  );
  refuseMainnet(profile, get("allow_mainnet"));
  refusePlainKey(profile, get("wallet.private_key"), get("wallet.allow_unencrypted_keys"));

  return {
    paths,
    mayor: mayor.value,
    profile,
    profiles,
    unusedConnectors: unused,
    // Amounts in the file and the environment are in whole tokens; they are converted to base units of the network's asset.
    get: (key) => inUnits(key, get(key), profile),
    explain: () => [
      { key: "home", value: home.home, source: home.source },
      { key: "mayor", value: mayor.value, source: mayor.source },
      { key: "network", value: profile.name, source: network.source },
      ...[...values].filter(([key]) => key !== "network").map(([key, found]) =>
        entry(key, found, profile)
      ),
      ...connectorEntries(profile, file.connectors.get(profile.name) ?? [], paths.configFile),
    ],
  };
}

/** Finds the home of a command and checks that it may be used, with or without a configuration in it. */
export async function locateHome(
  input: Pick<ConfigInput, "flags" | "env" | "cwd" | "homeDir" | "isFolder" | "admit">,
): Promise<{
  readonly home: FoundHome;
  readonly mayor: { readonly value: string; readonly source: string };
  readonly paths: HomePaths;
}> {
  const env = (name: VariableName) => input.env(name) || undefined;
  const home = await findHome({
    flag: input.flags.home,
    env: env("GASTOWN_HOME"),
    cwd: input.cwd,
    homeDir: input.homeDir,
    isFolder: input.isFolder,
  });
  const mayor = findMayor(input.flags.mayor, env("GASTOWN_MAYOR"));
  const paths = homePaths(home.home, mayor.value);
  await input.admit(home, paths);
  return { home, mayor, paths };
}

function findMayor(flag: string | undefined, env: string | undefined) {
  if (flag !== undefined) return { value: checkMayor(flag, "--mayor"), source: "--mayor" };
  if (env !== undefined) {
    return { value: checkMayor(env, "GASTOWN_MAYOR"), source: "GASTOWN_MAYOR" };
  }
  return { value: DEFAULT_MAYOR, source: "default" };
}

async function readDevProfile(
  path: string,
  readFile: ConfigInput["readFile"],
): Promise<Profile | null> {
  const file = await readFile(path);
  if (file === null) return null;
  refuseReadable(path, file.mode, "connector_auth");
  return withLines(path, (key) => lineOfKey(file.text, key), () => parseProfile(file.text, path));
}

function chooseNetwork(
  asked: Found,
  profiles: ReadonlyMap<string, Profile>,
  devIsUp: boolean,
): { readonly profile: Profile; readonly source: string } {
  const name = asked.value as string | null;
  if (name === null) {
    return devIsUp
      ? { profile: profiles.get("dev")!, source: "dev network is up" }
      : { profile: BASE_SEPOLIA, source: "default" };
  }
  const profile = profiles.get(name);
  if (profile !== undefined) return { profile, source: asked.source };
  throw new ConfigError(
    "unknown_network",
    name === "dev" ? "no dev network is up in this home" : `there is no network profile '${name}'`,
    name === "dev" ? "run 'crosstown dev up --detach'" : nearest(name, [...profiles.keys()]),
  );
}

function replaceParts(
  profile: Profile,
  get: <Key extends SettingKey>(key: Key) => SettingValue<Key>,
): Profile {
  const rpcUrl = get("base_sepolia_rpc");
  const relayUrl = get("relay") ?? profile.relayUrl;
  const { moreRelays: stated = [], ...rest } = profile;
  const moreRelays = furtherRelays(relayUrl, get("more_relays") ?? stated);
  return {
    ...rest,
    relayUrl,
    ...(moreRelays.length === 0 ? {} : { moreRelays }),
    connectorBtp: get("connector") ?? profile.connectorBtp,
    chain: rpcUrl !== null && profile.chain.chainId === BASE_SEPOLIA.chain.chainId
      ? { ...profile.chain, rpcUrls: [rpcUrl] }
      : profile.chain,
  };
}

/** Converts an amount that was read with six decimals to base units of the profile's asset. Other settings are returned unchanged. */
function inUnits<Key extends SettingKey>(
  key: Key,
  value: SettingValue<Key>,
  { name, asset: { scale } }: Profile,
): SettingValue<Key> {
  if (!key.endsWith("_m2m") || typeof value !== "bigint" || scale === SETTING_SCALE) return value;
  if (scale > SETTING_SCALE) {
    return value * 10n ** BigInt(scale - SETTING_SCALE) as SettingValue<Key>;
  }
  const factor = 10n ** BigInt(SETTING_SCALE - scale);
  if (value % factor === 0n) return value / factor as SettingValue<Key>;
  throw new ConfigError(
    "config_invalid",
    `${key} must have at most ${scale} decimals: the asset of ${name} has no more`,
    `correct ${key}`,
  );
}
