/** The database of a home whose daemon may be running. */
import { DatabaseSync } from "node:sqlite";

/** Opens it. A statement waits while the daemon writes. */
export function openState(home: { readonly path: string }): DatabaseSync {
  const file = `${home.path}/hooks/mayor-001/crosstown/state.db`;
  return new DatabaseSync(file, { timeout: 10_000 });
}
