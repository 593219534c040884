/**
 * The relay's events in SQLite: the raw bytes as they came with their encoding, the event form beside them, and what filters need.
 *
 * WAL with `synchronous=FULL`: when {@link EventStore.put} returns, the events survive a power cut. One writer, synchronous.
 *
 * @module
 */
import { DatabaseSync, type StatementSync } from "node:sqlite";
import type { NostrEvent } from "../../protocols/nostr/event.ts";
import type { Filter } from "../../protocols/nostr/filter.ts";
import {
  addressOf,
  DELETION_KIND,
  deletionTargets,
  expirationOf,
  indexedTags,
} from "./event_class.ts";
import { filterQuery } from "./filter_query.ts";

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
CREATE TABLE IF NOT EXISTS tags (
  name TEXT NOT NULL, value TEXT NOT NULL, seq INTEGER NOT NULL,
  PRIMARY KEY (name, value, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS tags_seq ON tags (seq);
CREATE TABLE IF NOT EXISTS deletions (
  author TEXT NOT NULL, target TEXT NOT NULL, created_at INTEGER NOT NULL,
  PRIMARY KEY (author, target)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS written (id TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
`;

/** An event with both of its forms. */
export interface StoredEvent {
  readonly event: NostrEvent;
  /** The bytes as they came. */
  readonly raw: Uint8Array;
  readonly encoding: "toon" | "json";
  /** The event form, as it is sent. */
  readonly json: string;
}

/** How the store stands towards an event that is not in it yet. */
export type Standing = "new" | "duplicate" | "deleted" | "superseded";

/** Where a found event is, and what orders it. */
export interface FoundEvent {
  readonly seq: number;
  readonly id: string;
  readonly createdAtS: number;
}

/** The relay's database. */
export class EventStore {
  readonly #db: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  /** Opens or makes the database at `file`; `:memory:` for none. */
  constructor(file: string) {
    // The owner's alone; the files beside it get the same mode from SQLite.
    if (file !== ":memory:") {
      Deno.openSync(file, { append: true, create: true, mode: 0o600 }).close();
    }
    this.#db = new DatabaseSync(file);
    this.#db.exec("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA busy_timeout=5000;");
    this.#db.exec(SCHEMA);
  }

  /** Whether an event would be kept: it is not there, its author did not delete it, and nothing newer took its place. */
  standing(event: NostrEvent): Standing {
    if (this.#prepare("SELECT 1 FROM events WHERE id = ?").get(event.id) !== undefined) {
      return "duplicate";
    }
    const address = addressOf(event);
    const deletion = "SELECT created_at FROM deletions WHERE author = ? AND target = ?";
    if (
      event.kind !== DELETION_KIND &&
      this.#prepare(deletion).get(event.pubkey, event.id) !== undefined
    ) return "deleted";
    if (address === null) return "new";
    const deleted = this.#prepare(deletion).get(event.pubkey, address) as
      | { created_at: number }
      | undefined;
    if (deleted !== undefined && deleted.created_at >= event.created_at) return "deleted";
    const held = this.#prepare("SELECT id, created_at FROM events WHERE address = ?").get(
      address,
    ) as
      | { id: string; created_at: number }
      | undefined;
    if (held === undefined) return "new";
    const newer = event.created_at > held.created_at ||
      (event.created_at === held.created_at && event.id < held.id);
    return newer ? "new" : "superseded";
  }

  /** Keeps events in one durable transaction; gives what became of each. Events whose standing is not `new` are left out. */
  put(events: readonly StoredEvent[]): Standing[] {
    this.#db.exec("BEGIN IMMEDIATE");
    try {
      const standings = events.map((stored) => this.#insert(stored));
      this.#db.exec("COMMIT");
      return standings;
    } catch (error) {
      this.#db.exec("ROLLBACK");
      throw error;
    }
  }

  /** What matches any of the filters now, newest first, ties by lowest id, each filter within its limit. */
  find(filters: readonly Filter[], nowS: number, maxLimit: number): FoundEvent[] {
    const found = new Map<number, FoundEvent>();
    for (const filter of filters) {
      const { sql, values } = filterQuery(filter, nowS, maxLimit);
      for (const row of this.#prepare(sql).iterate(...values)) {
        const { seq, id, created_at } = row as { seq: number; id: string; created_at: number };
        found.set(seq, { seq, id, createdAtS: created_at });
      }
    }
    return [...found.values()].sort((a, b) =>
      b.createdAtS - a.createdAtS || (a.id < b.id ? -1 : 1)
    );
  }

  /** An event's forms, or null when it was removed since it was found. */
  read(seq: number): { json: string; raw: Uint8Array; encoding: "toon" | "json" } | null {
    const row = this.#prepare("SELECT json, raw, encoding FROM events WHERE seq = ?").get(seq);
    return (row as { json: string; raw: Uint8Array; encoding: "toon" | "json" } | undefined) ??
      null;
  }

  /** Whether this event was taken in once, even if it is gone by now (deleted, replaced, expired). */
  wasWritten(id: string): boolean {
    return this.#prepare("SELECT 1 FROM written WHERE id = ?").get(id) !== undefined;
  }

  /** How many events are kept. */
  count(): number {
    return (this.#prepare("SELECT count(*) AS n FROM events").get() as { n: number }).n;
  }

  /** Removes what expired before `nowS`. */
  reap(nowS: number): void {
    for (
      const row of this.#prepare("SELECT seq FROM events WHERE expires_at <= ?").all(nowS)
    ) this.#remove((row as { seq: number }).seq);
  }

  /** Closes the database. */
  close(): void {
    this.#statements.clear();
    this.#db.close();
  }

  #insert({ event, raw, encoding, json }: StoredEvent): Standing {
    const standing = this.standing(event);
    if (standing !== "new") return standing;
    const address = addressOf(event);
    if (address !== null) {
      const held = this.#prepare("SELECT seq FROM events WHERE address = ?").get(address);
      if (held !== undefined) this.#remove((held as { seq: number }).seq);
    }
    const { lastInsertRowid } = this.#prepare(
      "INSERT INTO events (id, pubkey, kind, created_at, address, expires_at, encoding, raw, json) " +
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
    ).run(
      event.id,
      event.pubkey,
      event.kind,
      event.created_at,
      address,
      expirationOf(event),
      encoding,
      raw,
      json,
    );
    const tag = this.#prepare("INSERT INTO tags (name, value, seq) VALUES (?, ?, ?)");
    for (const [name, value] of indexedTags(event)) tag.run(name, value, lastInsertRowid);
    this.#prepare("INSERT OR IGNORE INTO written (id) VALUES (?)").run(event.id);
    if (event.kind === DELETION_KIND) this.#delete(event);
    return "new";
  }

  #delete(deletion: NostrEvent): void {
    const { ids, addresses } = deletionTargets(deletion);
    const note = this.#prepare(
      "INSERT INTO deletions (author, target, created_at) VALUES (?, ?, ?) ON CONFLICT (author, target) " +
        "DO UPDATE SET created_at = max(created_at, excluded.created_at)",
    );
    for (const id of ids) {
      note.run(deletion.pubkey, id, deletion.created_at);
      const row = this.#prepare(
        `SELECT seq FROM events WHERE id = ? AND pubkey = ? AND kind <> ${DELETION_KIND}`,
      ).get(id, deletion.pubkey);
      if (row !== undefined) this.#remove((row as { seq: number }).seq);
    }
    for (const address of addresses) {
      note.run(deletion.pubkey, address, deletion.created_at);
      const row = this.#prepare(
        "SELECT seq FROM events WHERE address = ? AND pubkey = ? AND created_at <= ?",
      ).get(address, deletion.pubkey, deletion.created_at);
      if (row !== undefined) this.#remove((row as { seq: number }).seq);
    }
  }

  #remove(seq: number): void {
    this.#prepare("DELETE FROM tags WHERE seq = ?").run(seq);
    this.#prepare("DELETE FROM events WHERE seq = ?").run(seq);
  }

  #prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#db.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}
