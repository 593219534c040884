/**
 * Opens the relay's database and makes its tables.
 *
 * @module
 */
import { DatabaseSync } from "node:sqlite";
import { openPlainFileSync } from "../../base/files/plain_file.ts";
import { refuseLinkedDatabase } from "../../base/table/statements.ts";
import { EVENT_SCHEMA } from "./event_tables.ts";

/** Must be raised with each change of the tables that an older program could not use. */
const VERSION = 1;

/** Opens or makes a database; `:memory:` uses no file. Throws RelayDatabaseError if a newer program made it. */
export function openDatabase(file: string): DatabaseSync {
  // Only the owner may read the file. SQLite gives its additional files the same mode.
  if (file !== ":memory:") {
    openPlainFileSync(file, { append: true, create: true, mode: 0o600 }).close();
    refuseLinkedDatabase(file, true);
  }
  const db = new DatabaseSync(file);
  // Pages that retention frees are returned in steps. A full VACUUM would need a second file and block all clients.
  db.exec(
    "PRAGMA auto_vacuum=INCREMENTAL; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; " +
      "PRAGMA busy_timeout=5000; PRAGMA cache_size=-32768;",
  );
  const { user_version: found } = db.prepare("PRAGMA user_version").get() as {
    user_version: number;
  };
  if (found > VERSION) {
    db.close();
    throw new RelayDatabaseError(
      "newer",
      `Cannot open ${file}: its tables are of version ${found}, this program knows ${VERSION}`,
    );
  }
  db.exec(`BEGIN IMMEDIATE; ${EVENT_SCHEMA} PRAGMA user_version=${VERSION}; COMMIT;`);
  return db;
}

/** The database cannot be used. */
class RelayDatabaseError extends Error {
  /** Always `RelayDatabaseError`. */
  override readonly name = "RelayDatabaseError";
  /** `newer`: a newer program made it. */
  readonly code: "newer";
  /** Makes an error with its code. */
  constructor(code: RelayDatabaseError["code"], message: string) {
    super(message);
    this.code = code;
  }
}
