/**
 * Where a `--dry-run` keeps the records that its workers want: in the home's own state, which it reads and leaves as it was; where the
 * home has none yet, in a folder that is thrown away.
 *
 * @module
 */
import type { Config } from "../../config/config.ts";
import type { Globals } from "../globals.ts";
import { hasStore } from "./read_store.ts";

/** The configuration to work with; the folder goes with it. Without `--dry-run` it is the one that was given. */
export async function dryRunState(
  config: Config,
  { dryRun }: Pick<Globals, "dryRun">,
): Promise<{ readonly config: Config } & AsyncDisposable> {
  if (!dryRun || await hasStore(config)) return { config, async [Symbol.asyncDispose]() {} };
  const folder = await Deno.makeTempDir({ prefix: "crosstown-" });
  const stateFolder = `${folder}/crosstown`;
  const paths = {
    ...config.paths,
    mayorFolder: folder,
    stateFolder,
    logFile: `${folder}/crosstown.log`,
    controlSocket: `${stateFolder}/control.sock`,
  };
  return {
    config: { ...config, paths },
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}
