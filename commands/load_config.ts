/**
 * The configuration of the command that is running.
 *
 * @module
 */
import { type Config, loadConfig } from "../services/config/config.ts";
import { isFolder, readFile } from "../services/config/real_files.ts";
import { admitHome } from "../services/home/admit_home.ts";
import type { Invocation } from "./command.ts";

/**
 * Reads it from global flags, environment and file, of a home that may be used.
 *
 * @throws {ConfigError} which ends the command with exit 2
 * @throws {HomeError} the home is not trusted: exit 1
 */
export function configOf({ globals, io }: Pick<Invocation, "globals" | "io">): Promise<Config> {
  const homeDir = io.env("HOME") || undefined;
  return loadConfig({
    flags: globals,
    env: io.env,
    readFile,
    isFolder,
    cwd: io.cwd(),
    homeDir,
    admit: (found, paths) => admitHome(found, paths, { homeDir, uid: io.uid() }),
  });
}
