/**
 * Where a `--dry-run` keeps the records of its workers: in the home's own state, which it only reads; if the home has none yet, in a
 * temporary folder.
 *
 * @module
 */
import type { Config } from "../../config/config.ts";
import type { Globals } from "../globals.ts";
import { hasStore } from "./read_store.ts";

/** The configuration for the run, and the temporary folder that is removed with it. Without `--dry-run`, the given configuration. */
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
