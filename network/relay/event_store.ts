/**
 * The relay's events in SQLite: the received bytes and their encoding, the event as JSON, and the columns that filters need.
 *
 * WAL with `synchronous=FULL`: when {@link EventStore.put} returns, the events survive a power failure. There is one synchronous writer.
 *
 * @module
 */
import { DELETION_KIND } from "../../protocols/nostr/kinds.ts";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { inTransaction, Statements } from "../../base/table/statements.ts";
import type { NostrEvent } from "../../protocols/nostr/event.ts";
import type { Filter } from "../../protocols/nostr/filter.ts";
import { addressOf, deletionTargets, expirationOf, indexedTags } from "./event_class.ts";
import type { EventSource } from "./event_forms.ts";
import { openDatabase } from "./event_schema.ts";
import { DELETIONS, EVENT_KEY, EVENT_TAGS, EVENTS, REMOVED } from "./event_tables.ts";
import {
  type FoundEvent,
  search,
  type SearchedTables,
  type Steps,
  type Tally,
  tally,
} from "./event_search.ts";
import type { View, WindowRow } from "./filter_query.ts";
import { RecentRows } from "./recent_rows.ts";

const FORMS = EVENTS.pick("json", "raw", "encoding", "kind", "expiresAtS");
const HELD = EVENTS.pick("id", "createdAtS");
const DELETED_AT = DELETIONS.pick("createdAtS");

// Texts that are made once: statements are found by them.
const READ_FORMS = `SELECT ${FORMS.sql} FROM events WHERE seq = ? AND id = ?`;
const FIND_HELD = `SELECT ${HELD.sql} FROM events WHERE address = ?`;
const FIND_REPLACED = `SELECT ${EVENT_KEY.sql} FROM events WHERE address = ?`;
// One statement, because every new event needs both answers.
const FIND_ID = "SELECT 'duplicate' AS standing FROM events WHERE id = ?1 UNION ALL " +
  "SELECT 'deleted' FROM deletions WHERE author = ?2 AND target = ?1 LIMIT 1";
const FIND_DELETION = `SELECT ${DELETED_AT.sql} FROM deletions WHERE author = ? AND target = ?`;
const DELETE_ID =
  `SELECT ${EVENT_KEY.sql} FROM events WHERE id = ? AND pubkey = ? AND kind <> ${DELETION_KIND}`;
const DELETE_ADDRESS =
  `SELECT ${EVENT_KEY.sql} FROM events WHERE address = ? AND pubkey = ? AND created_at <= ?`;
const NOTE_DELETION =
  `${DELETIONS.insert} ON CONFLICT DO UPDATE SET created_at = max(created_at, excluded.created_at)`;
const NOTE_REMOVED = `${REMOVED.insert} ON CONFLICT DO NOTHING`;

/** An event with its forms. */
export interface StoredEvent extends EventSource {
  readonly event: NostrEvent;
}

/** Whether the store would keep an event, or why not. */
export type Standing = "new" | "duplicate" | "deleted" | "superseded";

/** The relay's database. */
export class EventStore {
  readonly #db: DatabaseSync;
  readonly #statements: Statements;
  readonly #removed: (id: string) => void;
  readonly #tables: SearchedTables;
  readonly #recent = new RecentRows();
  #count: number;
  /** The `seq` of the newest row; null if it must be queried. */
  #newest: number | null = null;

  /** Opens or makes the database at `file`; `:memory:` uses no file. `removed` is called for each removed event. */
  constructor(file: string, removed: (id: string) => void = () => {}) {
    this.#removed = removed;
    this.#db = openDatabase(file);
    this.#statements = new Statements(this.#db);
    this.#tables = {
      rows: ({ sql, values }) => this.#prepare(sql).all(...values) as unknown as WindowRow[],
      newest: () => this.#newest ??= this.#highest(),
      recent: (id, view) => this.#recent.find(id, view),
    };
    this.#count = (this.#prepare("SELECT count(*) AS n FROM events").get() as { n: number }).n;
  }

  /** `new` if the store has no such event, its author did not delete it, and no newer event replaces it. Otherwise the reason. */
  standing(event: NostrEvent): Standing {
    const known = this.#prepare(FIND_ID).get(event.id, event.pubkey)?.standing as
      | "duplicate"
      | "deleted"
      | undefined;
    if (known === "duplicate" || (known === "deleted" && event.kind !== DELETION_KIND)) {
      return known;
    }
    const address = addressOf(event);
    if (address === null) return "new";
    const deleted = this.#prepare(FIND_DELETION).get(event.pubkey, address);
    if (deleted !== undefined && DELETED_AT.of(deleted).createdAtS >= event.created_at) {
      return "deleted";
    }
    const found = this.#prepare(FIND_HELD).get(address);
    if (found === undefined) return "new";
    const held = HELD.of(found);
    const newer = event.created_at > held.createdAtS ||
      (event.created_at === held.createdAtS && event.id < held.id);
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
  read({ seq, id, createdAtS }: FoundEvent): EventSource | null {
    // The id is compared too, because SQLite may reuse the number of a removed row.
    const row = this.#prepare(READ_FORMS).get(seq, id);
    if (row === undefined) return null;
    const { kind, expiresAtS, ...forms } = FORMS.of(row);
    this.#recent.add({ seq, id, createdAtS, kind, expiresAtS });
    return forms;
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
    const rows = this.#prepare(sql).all(...values).map(EVENT_KEY.of);
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
    const before = this.#count;
    try {
      return inTransaction(this.#db, work);
    } catch (error) {
      this.#count = before;
      this.#newest = null;
      throw error;
    }
  }

  #insert({ event, raw, encoding, json }: StoredEvent, nowS: number): Standing {
    const standing = this.standing(event);
    if (standing !== "new") return standing;
    const address = addressOf(event);
    if (address !== null) {
      const held = this.#prepare(FIND_REPLACED).get(address);
      if (held !== undefined) this.#remove(EVENT_KEY.of(held), nowS);
    }
    const { id, pubkey, kind, created_at: createdAtS } = event;
    const { lastInsertRowid } = this.#prepare(EVENTS.insert).run(...EVENTS.values({
      seq: 0,
      id,
      pubkey,
      kind,
      createdAtS,
      address,
      expiresAtS: expirationOf(event),
      encoding,
      raw,
      json,
    }));
    const tag = this.#prepare(EVENT_TAGS.insert);
    const seq = Number(lastInsertRowid);
    for (const [name, value] of indexedTags(event)) {
      tag.run(...EVENT_TAGS.values({ name, value, createdAtS, seq }));
    }
    this.#count++;
    this.#newest = null;
    if (event.kind === DELETION_KIND) this.#delete(event, nowS);
    return "new";
  }

  #delete(deletion: NostrEvent, nowS: number): void {
    const { ids, addresses } = deletionTargets(deletion);
    const { pubkey: author, created_at: createdAtS } = deletion;
    const note = this.#prepare(NOTE_DELETION);
    for (const id of ids) {
      note.run(...DELETIONS.values({ author, target: id, createdAtS }));
      const row = this.#prepare(DELETE_ID).get(id, author);
      if (row !== undefined) this.#remove(EVENT_KEY.of(row), nowS);
    }
    for (const address of addresses) {
      note.run(...DELETIONS.values({ author, target: address, createdAtS }));
      const row = this.#prepare(DELETE_ADDRESS).get(address, author, createdAtS);
      if (row !== undefined) this.#remove(EVENT_KEY.of(row), nowS);
    }
  }

  #remove({ seq, id }: { readonly seq: number; readonly id: string }, nowS: number): void {
    this.#prepare("DELETE FROM event_tags WHERE seq = ?").run(seq);
    this.#prepare("DELETE FROM events WHERE seq = ?").run(seq);
    const removed = REMOVED.values({ seq: 0, id, removedAtS: nowS });
    this.#prepare(NOTE_REMOVED).run(...removed);
    this.#count--;
    this.#newest = null;
    this.#recent.forget(id);
    this.#removed(id);
  }

  #highest(): number {
    const { seq } = this.#prepare("SELECT max(seq) AS seq FROM events").get() as {
      seq: number | null;
    };
    return seq ?? 0;
  }

  #prepare(sql: string): StatementSync {
    return this.#statements.of(sql);
  }
}
