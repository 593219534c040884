/**
 * Finds the value of a setting: from a flag, the environment, the file, or its default.
 *
 * @module
 */
import type { VariableName } from "./environment.ts";
import { ConfigError } from "../base/config_error.ts";
import type { FileContent } from "./config_file.ts";
import type { Setting } from "./setting.ts";
import { type SettingKey, SETTINGS } from "./settings.ts";
import { Unfit } from "./setting_readers.ts";
import { tomlOf } from "./table.ts";

/** A setting's value and its source: `--relay`, a variable, a file's path, or `default`. */
export interface Found {
  readonly value: unknown;
  readonly source: string;
}

/** A setting's value. Throws {@link ConfigError} `config_invalid` with the place if the value there is invalid. */
export function findSetting(
  key: SettingKey,
  flags: ConfigFlags,
  env: (name: VariableName) => string | undefined,
  { settings, lineOf }: Pick<FileContent, "settings" | "lineOf">,
  path: string,
): Found {
  const spec = SETTINGS[key] as Setting<unknown>;
  if (spec.flag !== undefined && flags[spec.flag] !== undefined) {
    const flag = flagName(spec.flag);
    return read(spec, flags[spec.flag], flag, flag);
  }
  for (const name of spec.env ?? []) {
    const value = env(name);
    if (value !== undefined) return read(spec, value, name, name);
  }
  if (settings.has(key)) {
    const line = lineOf(key);
    const where = `${key} in ${path}${line === null ? "" : `, line ${line},`}`;
    return read(spec, settings.get(key), where, path);
  }
  return { value: spec.fallback, source: "default" };
}

/** A flag as it is typed: `moreRelays` is `--more-relays`. */
export function flagName(flag: string): string {
  return `--${flag.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

function read(spec: Setting<unknown>, raw: unknown, where: string, source: string): Found {
  try {
    return { value: spec.read(raw, where), source };
  } catch (error) {
    if (!(error instanceof Unfit)) throw error;
    throw new ConfigError(
      "config_invalid",
      `${where} must be ${error.message}`,
      `write ${insteadOf(where, source, spec)}`,
    );
  }
}

/** A valid example in the form of that place: a line of the file, or the value of a flag or a variable. */
function insteadOf(where: string, source: string, { read, secret }: Setting<unknown>): string {
  const [example] = read.schema.examples;
  if (secret) return `${where.replace(/ in .*/, "")} as 'crosstown wallet configure' prints it`;
  if (source.startsWith("--")) return `for example ${source} ${shellWord(example)}`;
  if (/^[A-Z0-9_]+$/.test(source)) return `for example ${source}=${shellWord(example)}`;
  const [, table, key] = /^(?:([\w-]+)\.)?([\w-]+) in /.exec(where) ?? [];
  if (key === undefined) return `another value at ${where}`;
  return `for example ${key} = ${tomlOf(example)}${table === undefined ? "" : ` under [${table}]`}`;
}

function shellWord(value: unknown): string {
  return Array.isArray(value) ? value.join(",") : String(value);
}

/**
 * A peer's address from the configuration. In the file, the address for the network comes before the one for all networks. The dev network
 * always uses its own relay and connector: file and environment are meant for other networks, and its jobs and money must not go there
 * unnoticed. A flag applies to this one command, so it is used.
 */
export function ofNetwork(
  key: "relay" | "more_relays" | "connector",
  found: Found,
  network: string,
  { relays, lineOf }: Pick<FileContent, "relays" | "lineOf">,
  path: string,
): Found {
  if (found.source.startsWith("--")) return found;
  if (network === "dev") {
    const given = found.value !== null && found.source !== path;
    return { value: null, source: given ? `not ${found.source}` : "default" };
  }
  if (found.source !== path && found.source !== "default") return found;
  if (key !== "relay" || !relays.has(network)) return found;
  const line = lineOf(`relays.${network}`);
  const where = `relays.${network} in ${path}${line === null ? "" : `, line ${line},`}`;
  return read(SETTINGS.relay, relays.get(network), where, path);
}

/** The flags of the configuration; undefined if not given. */
export interface ConfigFlags {
  /** `--network`. */
  readonly network?: string;
  /** `--relay`. */
  readonly relay?: string;
  /** `--more-relays`. */
  readonly moreRelays?: string;
  /** `--connector`. */
  readonly connector?: string;
  /** `--home`. */
  readonly home?: string;
  /** `--mayor`. */
  readonly mayor?: string;
}
