/**
 * Migrates a store before it is read: if an earlier version wrote it, it is opened once as a writer. So readers find every table that they
 * know.
 *
 * @module
 */
import { openDatabase } from "./database.ts";
import { MIGRATIONS } from "./schema.ts";
import type { OpenStore } from "./store.ts";
import { StoreError } from "./store_error.ts";

/** Migrates the store if it is older. Throws StoreError `version` while the older program is using it, and what opening throws. */
export async function bringUp(folder: string, write: () => Promise<OpenStore>): Promise<void> {
  const db = openDatabase(folder, { readOnly: true });
  const version = Number(db.get("PRAGMA user_version")?.user_version);
  db.close();
  if (version === MIGRATIONS.length) return;
  try {
    await (await write()).close();
  } catch (cause) {
    if (!(cause instanceof StoreError) || cause.code !== "locked") throw cause;
    throw new StoreError(
      "version",
      `${folder}/state.db is of an earlier crosstown that still works on it: stop it, then ask again`,
      { cause },
    );
  }
}
