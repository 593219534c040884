/**
 * The relay's events in SQLite: the received bytes and their encoding, the event as JSON, and the columns that filters need.
 *
 * WAL with `synchronous=FULL`: when {@link EventStore.put} returns, the events survive a power failure. There is one synchronous writer.
 *
 * @module
 */
import { DELETION_KIND } from "../../protocols/nostr/kinds.ts";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { NostrEvent } from "../../protocols/nostr/event.ts";
import type { Filter } from "../../protocols/nostr/filter.ts";
import { addressOf, deletionTargets, expirationOf, indexedTags } from "./event_class.ts";
import type { EventSource } from "./event_forms.ts";
import { openDatabase } from "./event_schema.ts";
import {
  type FoundEvent,
  search,
  type SearchedTables,
  type Steps,
  type Tally,
  tally,
} from "./event_search.ts";
import type { View, WindowRow } from "./filter_query.ts";

/** The most prepared statements in the cache. Normal filters need fewer; only hostile ones have more forms. */
const MAX_STATEMENTS = 256;

/** An event with its forms. */
export interface StoredEvent extends EventSource {
  readonly event: NostrEvent;
}

/** Whether the store would keep an event, or why not. */
export type Standing = "new" | "duplicate" | "deleted" | "superseded";

/** The relay's database. */
export class EventStore {
  readonly #db: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  readonly #removed: (id: string) => void;
  readonly #tables: SearchedTables;
  #count: number;
  /** The `seq` of the newest row; null if it must be queried. */
  #newest: number | null = null;

  /** Opens or makes the database at `file`; `:memory:` uses no file. `removed` is called for each removed event. */
  constructor(file: string, removed: (id: string) => void = () => {}) {
    this.#removed = removed;
    this.#db = openDatabase(file);
    this.#tables = {
      rows: ({ sql, values }) => this.#prepare(sql).all(...values) as unknown as WindowRow[],
      newest: () => this.#newest ??= this.#highest(),
    };
    this.#count = (this.#prepare("SELECT count(*) AS n FROM events").get() as { n: number }).n;
  }

  /** `new` if the store has no such event, its author did not delete it, and no newer event replaces it. Otherwise the reason. */
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

  /** Stores events in one durable transaction. Returns the standing of each; only events with the standing `new` are stored. */
  put(events: readonly StoredEvent[], nowS: number): Standing[] {
    return this.#transaction(() => events.map((stored) => this.#insert(stored, nowS)));
  }

  /** Searches the events that match any filter, in steps; see event_search.ts. */
  search(filters: readonly Filter[], view: View, maxLimit: number): Steps<FoundEvent[]> {
    return search(this.#tables, filters, view, maxLimit);
  }

  /** Counts the events that match any filter, in steps, after at most `maxRows` rows; see event_search.ts. */
  tally(filters: readonly Filter[], view: View, maxRows: number): Steps<Tally> {
    return tally(this.#tables, filters, view, maxRows);
  }

  /** The forms of a found event. Null if it was removed meanwhile. */
  read({ seq, id }: FoundEvent): EventSource | null {
    // The id is compared too, because SQLite may reuse the number of a removed row.
    const row = this.#prepare("SELECT json, raw, encoding FROM events WHERE seq = ? AND id = ?")
      .get(seq, id);
    return (row as unknown as EventSource | undefined) ?? null;
  }

  /** Whether this event was stored at any time, even if it was removed since (deleted, replaced, expired). */
  wasWritten(id: string): boolean {
    return this.#prepare("SELECT 1 FROM events WHERE id = ?").get(id) !== undefined ||
      this.#prepare("SELECT 1 FROM removed WHERE id = ?").get(id) !== undefined;
  }

  /** The number of stored events. */
  count(): number {
    return this.#count;
  }

  /** The size of the database's pages, in bytes. */
  sizeBytes(): number {
    const of = (name: string) =>
      Object.values(this.#prepare(`PRAGMA ${name}`).get() as Record<string, number>)[0]!;
    return of("page_count") * of("page_size");
  }

  /** Removes the events that `sql` selects (`seq`, `id`) in one transaction. Returns their number. */
  removeSelected(sql: string, values: readonly (string | number)[], nowS: number): number {
    const rows = this.#prepare(sql).all(...values) as { seq: number; id: string }[];
    if (rows.length > 0) {
      this.#transaction(() => {
        for (const row of rows) this.#remove(row, nowS);
      });
    }
    return rows.length;
  }

  /** Forgets the ids of events that were removed before `beforeS`, at most `max`. Returns their number. */
  forgetRemoved(beforeS: number, max: number): number {
    const { changes } = this.#prepare(
      "DELETE FROM removed WHERE seq IN (SELECT seq FROM (SELECT seq, removed_at FROM removed ORDER BY seq " +
        "LIMIT ?) WHERE removed_at < ?)",
    ).run(max, beforeS);
    return Number(changes);
  }

  /** Returns at most `pages` free pages to the file system. True if more are left. */
  shrink(pages: number): boolean {
    const free = Object.values(
      this.#prepare("PRAGMA freelist_count").get() as Record<string, number>,
    )[0]!;
    // Each row of the result frees one page, so all rows must be read; exec() would read only one.
    if (free > 0) this.#prepare(`PRAGMA incremental_vacuum(${pages})`).all();
    return free > pages;
  }

  /** Closes the database. */
  close(): void {
    this.#statements.clear();
    this.#db.close();
  }

  #transaction<T>(work: () => T): T {
    this.#db.exec("BEGIN IMMEDIATE");
    const before = this.#count;
    try {
      const result = work();
      this.#db.exec("COMMIT");
      return result;
    } catch (error) {
      this.#count = before;
      this.#newest = null;
      this.#db.exec("ROLLBACK");
      throw error;
    }
  }

  #insert({ event, raw, encoding, json }: StoredEvent, nowS: number): Standing {
    const standing = this.standing(event);
    if (standing !== "new") return standing;
    const address = addressOf(event);
    if (address !== null) {
      const held = this.#prepare("SELECT seq, id FROM events WHERE address = ?").get(address);
      if (held !== undefined) this.#remove(held as { seq: number; id: string }, nowS);
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
    const tag = this.#prepare(
      "INSERT INTO event_tags (name, value, created_at, seq) VALUES (?, ?, ?, ?)",
    );
    for (const [name, value] of indexedTags(event)) {
      tag.run(name, value, event.created_at, lastInsertRowid);
    }
    this.#count++;
    this.#newest = null;
    if (event.kind === DELETION_KIND) this.#delete(event, nowS);
    return "new";
  }

  #delete(deletion: NostrEvent, nowS: number): void {
    const { ids, addresses } = deletionTargets(deletion);
    const note = this.#prepare(
      "INSERT INTO deletions (author, target, created_at) VALUES (?, ?, ?) ON CONFLICT (author, target) " +
        "DO UPDATE SET created_at = max(created_at, excluded.created_at)",
    );
    for (const id of ids) {
      note.run(deletion.pubkey, id, deletion.created_at);
      const row = this.#prepare(
        `SELECT seq, id FROM events WHERE id = ? AND pubkey = ? AND kind <> ${DELETION_KIND}`,
      ).get(id, deletion.pubkey);
      if (row !== undefined) this.#remove(row as { seq: number; id: string }, nowS);
    }
    for (const address of addresses) {
      note.run(deletion.pubkey, address, deletion.created_at);
      const row = this.#prepare(
        "SELECT seq, id FROM events WHERE address = ? AND pubkey = ? AND created_at <= ?",
      ).get(address, deletion.pubkey, deletion.created_at);
      if (row !== undefined) this.#remove(row as { seq: number; id: string }, nowS);
    }
  }

  #remove({ seq, id }: { readonly seq: number; readonly id: string }, nowS: number): void {
    this.#prepare("DELETE FROM event_tags WHERE seq = ?").run(seq);
    this.#prepare("DELETE FROM events WHERE seq = ?").run(seq);
    this.#prepare("INSERT OR IGNORE INTO removed (id, removed_at) VALUES (?, ?)").run(id, nowS);
    this.#count--;
    this.#newest = null;
    this.#removed(id);
  }

  #highest(): number {
    const { seq } = this.#prepare("SELECT max(seq) AS seq FROM events").get() as {
      seq: number | null;
    };
    return seq ?? 0;
  }

  #prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#db.prepare(sql);
      this.#statements.set(sql, statement);
      if (this.#statements.size > MAX_STATEMENTS) {
        this.#statements.delete(this.#statements.keys().next().value!);
      }
    }
    return statement;
  }
}
