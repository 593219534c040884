/**
 * Where the secrets of a home lie, so that none of them is ever packed into a job.
 *
 * @module
 */
import type { Config } from "./config.ts";
import type { Setting } from "./setting.ts";
import { type SettingKey, SETTINGS } from "./settings.ts";

/** Which secrets this home has. All paths are absolute. */
export interface PrivatePaths {
  /** The home. */
  readonly home: string;
  /** Folders that hold keys, money or jobs, the home among them. */
  readonly folders: readonly string[];
  /** Files that hold a secret, wherever they lie. */
  readonly files: readonly string[];
}

/** The home's own files and folders, and every file that a setting names as a secret. */
export function privatePaths({ paths, get }: Pick<Config, "paths" | "get">): PrivatePaths {
  const named = (Object.keys(SETTINGS) as SettingKey[])
    .filter((key) => (SETTINGS[key] as Setting<unknown>).secretFile)
    .map((key) => get(key)).filter((path) => typeof path === "string");
  return {
    home: paths.home,
    folders: [paths.devFolder, paths.mayorFolder, paths.stateFolder],
    files: [paths.identityFile, paths.configFile, paths.devProfileFile, ...named],
  };
}
