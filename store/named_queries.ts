/**
 * Reads values that are found by name: cursors, pauses, sealed states.
 *
 * @module
 */
import type { Database } from "./database.ts";
import { CURSORS, SNAPSHOTS } from "./named_tables.ts";
import { pausesOf } from "./pauses.ts";
import { selectsOf } from "./selects.ts";
import type { Store } from "./store.ts";

/** The store methods of this module. */
export type NamedQueries = Pick<Store, "pauses" | "cursor" | "snapshot" | "snapshotsUnder">;

/** Makes the methods over one connection. */
export function createNamedQueries(db: Database): NamedQueries {
  const { one, many } = selectsOf(db);
  return {
    // deno-lint-ignore require-await
    async pauses() {
      return pausesOf(db);
    },
    // deno-lint-ignore require-await
    async cursor(name) {
      return one(CURSORS.row, "SELECT * FROM cursors WHERE name = ?", name)?.value ?? null;
    },
    // deno-lint-ignore require-await
    async snapshot(name) {
      const row = one(SNAPSHOTS.row, "SELECT * FROM snapshots WHERE name = ?", name);
      return row && { counter: row.counter, sealed: row.sealed };
    },
    // deno-lint-ignore require-await
    async snapshotsUnder(prefix) {
      return many(
        SNAPSHOTS.row,
        `SELECT * FROM snapshots WHERE name >= ? AND substr(name, 1, length(?)) = ? ORDER BY name`,
        prefix,
        prefix,
        prefix,
      );
    },
  };
}
