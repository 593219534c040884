/**
 * The paths of a home's secrets, so that no job ever contains one of them.
 *
 * @module
 */
import type { Config } from "./config.ts";
import type { Setting } from "./setting.ts";
import { type SettingKey, SETTINGS } from "./settings.ts";

/** The paths of this home's secrets. All are absolute. */
export interface PrivatePaths {
  /** The home. */
  readonly home: string;
  /** Folders that contain keys, money or jobs. */
  readonly folders: readonly string[];
  /** Files that contain a secret, inside or outside the home. */
  readonly files: readonly string[];
}

/** The home's own files and folders, and every file that a setting names as secret. */
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
