/**
 * A reader finds the tables that it knows: a store that an earlier version wrote last is opened once as a writer before it is read.
 *
 * @module
 */
import { openDatabase } from "./database.ts";
import { MIGRATIONS } from "./schema.ts";
import type { OpenStore } from "./store.ts";
import { StoreError } from "./store_error.ts";

/** Brings it up where it is older. Throws StoreError `version` while the older program works on it; what opening throws. */
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
