/**
 * The tables of the relay's database.
 *
 * @module
 */
import { GIVEN, type Marks } from "../../base/table/column_kinds.ts";
import { defineTable } from "../../base/table/define_table.ts";
import type { EventSource } from "./event_forms.ts";

const UNIQUE: Marks = { unique: true };
const ENCODINGS = ["toon", "json"] as const;

/** A stored event: the columns that filters need, and its forms. */
interface EventRow extends EventSource {
  /** Assigned by the database. */
  readonly seq: number;
  readonly id: string;
  readonly pubkey: string;
  readonly kind: number;
  readonly createdAtS: number;
  /** Of a replaceable event. */
  readonly address: string | null;
  readonly expiresAtS: number | null;
}

/** Events. */
export const EVENTS = defineTable<EventRow>("events", {
  row: (column) => ({
    seq: column.rowKey("seq", GIVEN),
    id: column.text("id", UNIQUE),
    pubkey: column.text("pubkey"),
    kind: column.whole("kind"),
    createdAtS: column.whole("created_at"),
    address: column.longTextOrNull("address", UNIQUE),
    expiresAtS: column.wholeOrNull("expires_at"),
    encoding: column.word("encoding", ENCODINGS),
    raw: column.bytes("raw"),
    json: column.longText("json"),
  }),
  options: "STRICT",
  breaks: "columns",
});

/** What identifies a stored event: its number, and its id, because SQLite may reuse the number of a removed row. */
export const EVENT_KEY = EVENTS.pick("seq", "id");

/** A tag by which filters find an event. */
interface TagRow {
  readonly name: string;
  readonly value: string;
  /** The event's, so that an index has the events of a tag in the order of time. */
  readonly createdAtS: number;
  readonly seq: number;
}

/** Tags of stored events. */
export const EVENT_TAGS = defineTable<TagRow>("event_tags", {
  row: (column) => ({
    name: column.text("name"),
    value: column.longText("value"),
    createdAtS: column.whole("created_at"),
    seq: column.whole("seq"),
  }),
  key: ["name", "value", "created_at DESC", "seq"],
  options: "STRICT, WITHOUT ROWID",
  breaks: "keys",
});

/** What an author deleted (NIP-09). */
interface DeletionRow {
  readonly author: string;
  /** An event's id, or an address. */
  readonly target: string;
  /** Of the newest deletion. */
  readonly createdAtS: number;
}

/** Deletions. */
export const DELETIONS = defineTable<DeletionRow>("deletions", {
  row: (column) => ({
    author: column.text("author"),
    target: column.longText("target"),
    createdAtS: column.whole("created_at"),
  }),
  key: ["author", "target"],
  options: "STRICT, WITHOUT ROWID",
  breaks: "keys",
});

/** An event that was stored once. */
interface RemovedRow {
  /** Assigned by the database, in the order of the removals. */
  readonly seq: number;
  readonly id: string;
  readonly removedAtS: number;
}

/** Events that were removed. */
export const REMOVED = defineTable<RemovedRow>("removed", {
  row: (column) => ({
    seq: column.rowKey("seq", GIVEN),
    id: column.text("id", UNIQUE),
    removedAtS: column.whole("removed_at"),
  }),
  options: "STRICT",
  breaks: "columns",
});

/** The statements that make the tables and their indexes where they are missing. */
export const EVENT_SCHEMA = `
${EVENTS.sqlIfMissing}
CREATE INDEX IF NOT EXISTS events_time ON events (created_at DESC, id);
CREATE INDEX IF NOT EXISTS events_kind ON events (kind, created_at DESC);
CREATE INDEX IF NOT EXISTS events_author ON events (pubkey, created_at DESC);
${EVENT_TAGS.sqlIfMissing}
CREATE INDEX IF NOT EXISTS event_tags_seq ON event_tags (seq, name);
${DELETIONS.sqlIfMissing}
CREATE INDEX IF NOT EXISTS events_expiry ON events (expires_at) WHERE expires_at IS NOT NULL;
${REMOVED.sqlIfMissing}
`;
