/**
 * Translates a filter into SQL over the relay's tables. A statement reads a window of one index in the order of time, with a limited number
 * of rows. The other conditions of the filter are a column of the result. So no statement runs for long, whatever the filter contains. A
 * list with several values is one JSON parameter, so that few different statements serve all filters.
 *
 * @module
 */
import type { Filter } from "../../protocols/nostr/filter.ts";

/** The reader of a search, and the current time. */
export interface View {
  readonly nowS: number;
  /** Private kinds: of these, only events by the reader's keys or addressed to them are found. */
  readonly privateKinds: readonly number[];
  /** The public keys that the reader proved. */
  readonly pubkeys: readonly string[];
}

/** A row of a window. */
export interface WindowRow {
  readonly seq: number;
  readonly id: string;
  readonly created_at: number;
  /** Whether the event matches. Other rows are returned only for the cursor. */
  readonly matches: 0 | 1;
}

/** The row after which a window starts. */
type Cursor = Pick<WindowRow, "seq" | "id" | "created_at">;

/** A statement and its parameters. */
export interface FilterQuery {
  readonly sql: string;
  readonly values: readonly (string | number)[];
}

/** A walk over one index in the order of time, newest first. */
export interface Walk {
  /** Whether its first window has all rows. */
  readonly isOneWindow: boolean;
  /** The query for the next rows: at most `rows`, after `cursor` if there is one. */
  window(cursor: Cursor | null, rows: number): FilterQuery;
}

/** The most ids in one statement. */
const IDS_AT_ONCE = 256;

/**
 * The walks that together contain all events that `filter` can match. An event is in one walk, or in several if the walks are over tags. A
 * walk over ids has one window.
 */
export function walksOf(filter: Filter, view: View): Walk[] {
  const driver = driverOf(filter);
  if (driver === null) return [walkOf(filter, view, null, null)];
  const values = [...new Set(driver.values)];
  if (driver.column !== "id") return values.map((value) => walkOf(filter, view, driver, value));
  const chunks = Math.ceil(values.length / IDS_AT_ONCE);
  return Array.from(
    { length: chunks },
    (_, n) => idWalk(filter, view, values.slice(n * IDS_AT_ONCE, (n + 1) * IDS_AT_ONCE)),
  );
}

/** The most events that a filter returns. */
export function limitOf({ limit }: Filter, maxLimit: number): number {
  return Math.min(limit ?? maxLimit, maxLimit);
}

interface Driver {
  readonly column: "id" | "pubkey" | "kind" | "tag";
  /** The tag's letter, or the filter's field. */
  readonly name: string;
  readonly values: readonly (string | number)[];
}

/** The most selective list of a filter. The order is: ids, tags other than `t`, authors, `t` tags, kinds. */
function driverOf(filter: Filter): Driver | null {
  const { ids, authors, kinds } = filter;
  if (ids !== undefined) return { column: "id", name: "ids", values: ids };
  const tags = tagConditions(filter);
  const tag = tags.find(([name]) => name !== "t") ?? (authors === undefined ? tags[0] : undefined);
  if (tag !== undefined) return { column: "tag", name: tag[0], values: tag[1] };
  if (authors !== undefined) return { column: "pubkey", name: "authors", values: authors };
  return kinds === undefined ? null : { column: "kind", name: "kinds", values: kinds };
}

const LATEST_S = Number.MAX_SAFE_INTEGER;

function walkOf(
  filter: Filter,
  view: View,
  driver: Driver | null,
  value: string | number | null,
): Walk {
  const { sql: matches, values: wanted } = conditionsOf(filter, view, driver);
  // Without a list, the index has time and id. All other indexes end with the row's number.
  const tie = driver === null ? "id" : "seq";
  const table = driver?.column === "tag" ? "event_tags" : "events";
  const where = driver === null
    ? ""
    : driver.column === "tag"
    ? "name = ? AND value = ? AND "
    : `${driver.column} = ? AND `;
  const sql = `SELECT w.seq AS seq, events.id AS id, w.created_at AS created_at, (${matches}) ` +
    `AS matches FROM (SELECT seq, created_at FROM ${table} WHERE ${where}created_at >= ? AND ` +
    `created_at <= ? AND (created_at < ? OR ${tie} > ?) ORDER BY created_at DESC, ${tie} LIMIT ?) ` +
    "AS w CROSS JOIN events ON events.seq = w.seq";
  const driven = driver === null ? [] : driver.column === "tag" ? [driver.name, value!] : [value!];
  return {
    isOneWindow: false,
    window(cursor, rows) {
      const { since = Number.MIN_SAFE_INTEGER, until = LATEST_S } = filter;
      const at = cursor?.created_at ?? until;
      const behind = cursor?.[tie] ?? (tie === "id" ? "" : -1);
      return { sql, values: [...wanted, ...driven, since, at, at, behind, rows] };
    },
  };
}

function idWalk(filter: Filter, view: View, ids: readonly (string | number)[]): Walk {
  const { sql: matches, values } = conditionsOf(filter, view, { column: "id" });
  const { since = Number.MIN_SAFE_INTEGER, until = LATEST_S } = filter;
  const [isIn, list] = ids.length === 1
    ? ["id = ?", ids[0]]
    : ["id IN (SELECT value FROM json_each(?))", JSON.stringify(ids)];
  const query = {
    sql: `SELECT w.seq AS seq, events.id AS id, w.created_at AS created_at, (${matches}) AS ` +
      `matches FROM (SELECT seq, created_at FROM events WHERE ${isIn} ` +
      "AND created_at >= ? AND created_at <= ? ORDER BY created_at DESC, seq) AS w CROSS JOIN events " +
      "ON events.seq = w.seq",
    values: [...values, list, since, until],
  };
  return { isOneWindow: true, window: () => query };
}

/** The other conditions of the filter, for the rows of the walk. */
function conditionsOf(
  filter: Filter,
  view: View,
  driver: Pick<Driver, "column"> & { readonly name?: string } | null,
): FilterQuery {
  const conditions: string[] = [];
  const values: (string | number)[] = [];
  const anyOf = (column: string, list: readonly (string | number)[]): string => {
    values.push(list.length === 1 ? list[0]! : JSON.stringify(list));
    return list.length === 1 ? `${column} = ?` : `${column} IN (SELECT value FROM json_each(?))`;
  };
  for (const [name, column] of [["authors", "pubkey"], ["kinds", "kind"]] as const) {
    const list = filter[name];
    if (list !== undefined && driver?.name !== name) {
      conditions.push(anyOf(`events.${column}`, list));
    }
  }
  for (const [name, list] of tagConditions(filter)) {
    if (driver?.column === "tag" && name === driver.name) continue;
    values.push(name);
    // Searches the tags of the event, which are few, and never all events with a value, which may be many.
    conditions.push(
      "EXISTS (SELECT 1 FROM event_tags AS t INDEXED BY event_tags_seq WHERE t.seq = w.seq AND " +
        `t.name = ? AND ${anyOf("t.value", list)})`,
    );
  }
  conditions.push("(events.expires_at IS NULL OR events.expires_at > ?)");
  values.push(view.nowS);
  if (mayBePrivate(filter, view)) {
    const own = JSON.stringify(view.pubkeys);
    values.push(JSON.stringify(view.privateKinds), own, own);
    conditions.push(
      "(events.kind NOT IN (SELECT value FROM json_each(?)) OR " +
        "events.pubkey IN (SELECT value FROM json_each(?)) OR " +
        "EXISTS (SELECT 1 FROM event_tags AS t INDEXED BY event_tags_seq WHERE t.seq = w.seq AND " +
        "t.name = 'p' AND t.value IN (SELECT value FROM json_each(?))))",
    );
  }
  return { sql: conditions.join(" AND "), values };
}

function mayBePrivate({ kinds }: Filter, { privateKinds }: View): boolean {
  return privateKinds.length > 0 &&
    (kinds === undefined || kinds.some((kind) => privateKinds.includes(kind)));
}

function tagConditions(filter: Filter): [string, readonly string[]][] {
  return Object.entries(filter)
    .filter(([key]) => key.startsWith("#"))
    .map(([key, list]) => [key.slice(1), list as readonly string[]]);
}
