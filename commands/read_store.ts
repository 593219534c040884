/**
 * The home's store as a command reads it while another process may be writing.
 *
 * @module
 */
import type { Config } from "../services/config/config.ts";
import type { Store } from "../services/store/store.ts";

/** Opens it for reading; to be closed by `await using`. */
export async function readStore(config: Config): Promise<Store & AsyncDisposable> {
  // Only where it is needed: the driver takes a while to load.
  const { openSqliteStore } = await import("../services/store/sqlite_store.ts");
  const store = await openSqliteStore({
    folder: config.paths.stateFolder,
    clock: Date.now,
    readOnly: true,
  });
  return { ...store, [Symbol.asyncDispose]: () => store.close() };
}

/** Whether this home has a store yet. */
export async function hasStore(config: Config): Promise<boolean> {
  try {
    await Deno.stat(`${config.paths.stateFolder}/state.db`);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
