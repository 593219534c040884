/**
 * Reads the home's store while another process may be writing.
 *
 * @module
 */
import { codeOf } from "../../base/thrown.ts";
import type { Config } from "../../config/config.ts";
import type { OpenStore } from "../../store/store.ts";
import { lstatOrNull } from "../../base/files/missing.ts";

/** Opens it for reading; close it with `await using`. Throws CommandError `other_version` if a daemon of another build uses it. */
export async function readStore(config: Config): Promise<OpenStore & AsyncDisposable> {
  try {
    return await readStoreIn(config.paths.stateFolder);
  } catch (error) {
    if (codeOf(error) !== "version") throw error;
    // The daemon that works on it can say its version.
    const { otherBuildAt } = await import("./same_build.ts");
    throw await otherBuildAt(config.paths.controlSocket) ?? error;
  }
}

/** The same for a mayor's state folder. */
export async function readStoreIn(folder: string): Promise<OpenStore & AsyncDisposable> {
  // Imported here, because the driver takes a while to load.
  const { openSqliteStore } = await import("../../store/sqlite_store.ts");
  const store = await openSqliteStore({ folder, clock: Date.now, readOnly: true });
  return { ...store, [Symbol.asyncDispose]: () => store.close() };
}

/** Whether this home has a store, or had one. If it was lost, opening it reports that. */
export async function hasStore(config: Config): Promise<boolean> {
  const there = ["state.db", "payment_log.jsonl", ".git"].map((name) => isThere(config, name));
  return (await Promise.all(there)).includes(true);
}

/** Whether the file itself exists. */
export function storeIsThere(config: Config): Promise<boolean> {
  return isThere(config, "state.db");
}

async function isThere(config: Config, name: string): Promise<boolean> {
  return await lstatOrNull(`${config.paths.stateFolder}/${name}`) !== null;
}
