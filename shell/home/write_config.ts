/**
 * Writes `crosstown.toml`.
 *
 * @module
 */
import { readPlainText } from "../../base/files/plain_file.ts";
import type { HomePaths } from "../../config/paths.ts";
import type { Invocation } from "../command.ts";
import { warnOfRunningDaemon } from "./daemon_settings.ts";

/** The file's text; empty if there is none. */
export async function configText({ configFile }: Pick<HomePaths, "configFile">): Promise<string> {
  return await readPlainText(configFile).catch((error) => {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  });
}

/**
 * Writes by rename: after a crash there is the old file or the new one, and a link in its place is replaced, not followed. A consent for
 * this home stays valid, because its owner changed the file. A running daemon has not read it: the owner is told.
 */
export async function writeConfig(
  { io, output }: Pick<Invocation, "io" | "output">,
  paths: Pick<HomePaths, "home" | "configFile" | "controlSocket">,
  text: string,
): Promise<void> {
  const { renewConsent } = await import("../../home/trust/trusted_homes.ts");
  const { home, configFile } = paths;
  await Deno.mkdir(home, { recursive: true, mode: 0o700 });
  const draft = `${configFile}.${crypto.randomUUID()}`;
  await Deno.writeTextFile(draft, text, { mode: 0o600, createNew: true });
  await Deno.rename(draft, configFile);
  await renewConsent(io.env("HOME"), home);
  await warnOfRunningDaemon({ output }, paths);
}
