/**
 * The configuration of the command that is running.
 *
 * @module
 */
import { type Config, loadConfig } from "../services/config/config.ts";
import { isFolder, readFile } from "../services/config/real_files.ts";
import type { Invocation } from "./command.ts";

/** Reads it from global flags, environment and file. Throws ConfigError, which ends the command with exit 2. */
export function configOf({ globals, io }: Pick<Invocation, "globals" | "io">): Promise<Config> {
  return loadConfig({
    flags: globals,
    env: io.env,
    readFile,
    isFolder,
    cwd: io.cwd(),
    homeDir: io.env("HOME"),
  });
}
