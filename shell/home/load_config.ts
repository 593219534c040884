/**
 * Loads the configuration of the running command.
 *
 * @module
 */
import { type Config, type ConfigInput, loadConfig, locateHome } from "../../config/config.ts";
import type { HomePaths } from "../../config/paths.ts";
import { isFolder, readFile } from "../../config/real_files.ts";
import { admitHome } from "../../home/trust/admit_home.ts";
import type { Invocation } from "../command.ts";

/**
 * Reads the configuration from global flags, environment and file. Refuses a home that the user does not trust.
 *
 * @throws {ConfigError} which ends the command with exit 2
 * @throws {HomeError} the home is not trusted: exit 1
 */
export function configOf(invocation: Pick<Invocation, "globals" | "io">): Promise<Config> {
  return loadConfig(inputOf(invocation));
}

/** The configuration as if `crosstown.toml` had this text. Throws as {@link configOf} does. */
export async function configWith(
  invocation: Pick<Invocation, "globals" | "io">,
  text: string,
): Promise<Config> {
  const input = inputOf(invocation);
  const { configFile } = await pathsOf(invocation);
  const read = async (path: string) =>
    path === configFile
      ? { text, mode: (await input.readFile(path))?.mode ?? 0o600 }
      : await input.readFile(path);
  return await loadConfig({ ...input, readFile: read });
}

/** The paths of the command's home, without reading its configuration. Throws as {@link configOf} does for the home. */
export async function pathsOf(invocation: Pick<Invocation, "globals" | "io">): Promise<HomePaths> {
  return (await locateHome(inputOf(invocation))).paths;
}

function inputOf({ globals, io }: Pick<Invocation, "globals" | "io">): ConfigInput {
  const homeDir = io.env("HOME") || undefined;
  return {
    flags: globals,
    env: io.env,
    readFile,
    isFolder,
    cwd: io.cwd(),
    homeDir,
    admit: (found, paths) => admitHome(found, paths, { homeDir, uid: io.uid() }),
  };
}
