/**
 * The tables of the relay's database, and their version.
 *
 * @module
 */
import { DatabaseSync } from "node:sqlite";
import { openPlainFileSync, plainStatSync } from "../../base/files/plain_file.ts";

/** Must be raised with each change of the tables that an older program could not use. */
const VERSION = 1;

const SCHEMA = `
CREATE TABLE IF NOT EXISTS events (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  pubkey TEXT NOT NULL,
  kind INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  address TEXT UNIQUE,
  expires_at INTEGER,
  encoding TEXT NOT NULL,
  raw BLOB NOT NULL,
  json TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS events_time ON events (created_at DESC, id);
CREATE INDEX IF NOT EXISTS events_kind ON events (kind, created_at DESC);
CREATE INDEX IF NOT EXISTS events_author ON events (pubkey, created_at DESC);
CREATE TABLE IF NOT EXISTS event_tags (
  name TEXT NOT NULL, value TEXT NOT NULL, created_at INTEGER NOT NULL, seq INTEGER NOT NULL,
  PRIMARY KEY (name, value, created_at DESC, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS event_tags_seq ON event_tags (seq, name);
CREATE TABLE IF NOT EXISTS deletions (
  author TEXT NOT NULL, target TEXT NOT NULL, created_at INTEGER NOT NULL,
  PRIMARY KEY (author, target)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS events_expiry ON events (expires_at) WHERE expires_at IS NOT NULL;
CREATE TABLE IF NOT EXISTS removed (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  removed_at INTEGER NOT NULL
) STRICT;
`;

/** Opens or makes a database; `:memory:` uses no file. Throws RelayDatabaseError if a newer program made it. */
export function openDatabase(file: string): DatabaseSync {
  // Only the owner may read the file. SQLite gives its additional files the same mode.
  if (file !== ":memory:") {
    openPlainFileSync(file, { append: true, create: true, mode: 0o600 }).close();
    for (const suffix of ["-wal", "-shm", "-journal"]) plainStatSync(file + suffix, true);
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
  db.exec(`BEGIN IMMEDIATE; ${SCHEMA} PRAGMA user_version=${VERSION}; COMMIT;`);
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
