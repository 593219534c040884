/**
 * Where a setting's value is from: a flag, the environment, the file, or its default.
 *
 * @module
 */
import type { VariableName } from "./environment.ts";
import { ConfigError } from "../base/config_error.ts";
import type { FileContent } from "./config_file.ts";
import { type Setting, type SettingKey, SETTINGS, Unfit } from "./settings.ts";

/** A setting's value and where it is from: `--relay`, a variable, a file's path, or `default`. */
export interface Found {
  readonly value: unknown;
  readonly source: string;
}

/** A setting's value. Throws {@link ConfigError} `config_invalid` that names the place, where the value there is none. */
export function findSetting(
  key: SettingKey,
  flags: ConfigFlags,
  env: (name: VariableName) => string | undefined,
  { settings, lineOf }: Pick<FileContent, "settings" | "lineOf">,
  path: string,
): Found {
  const spec = SETTINGS[key] as Setting<unknown>;
  if (spec.flag !== undefined && flags[spec.flag] !== undefined) {
    return read(spec, flags[spec.flag], `--${spec.flag}`, `--${spec.flag}`);
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

function read(spec: Setting<unknown>, raw: unknown, where: string, source: string): Found {
  try {
    return { value: spec.read(raw, where), source };
  } catch (error) {
    if (!(error instanceof Unfit)) throw error;
    throw new ConfigError(
      "config_invalid",
      `${where} must be ${error.message}`,
      `correct ${where.replace(/ in .*/, "")}`,
    );
  }
}

/**
 * Where a peer's address is from the file: that of the network, before the one for all. The dev network's relay and connector are its
 * own: what file and environment say of others is not about them, and its jobs and money must not end up there unseen. A flag is
 * about this one command.
 */
export function ofNetwork(
  key: "relay" | "connector",
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

/** The flags that concern the configuration; what was not given is undefined. */
export interface ConfigFlags {
  /** `--network`. */
  readonly network?: string;
  /** `--relay`. */
  readonly relay?: string;
  /** `--connector`. */
  readonly connector?: string;
  /** `--home`. */
  readonly home?: string;
  /** `--mayor`. */
  readonly mayor?: string;
}
