/**
 * A filter as SQL over the relay's tables. Longer lists travel as one JSON parameter, so that few statements serve all filters.
 *
 * @module
 */
import type { Filter } from "../../protocols/nostr/filter.ts";

/** A statement and its values. */
export interface FilterQuery {
  readonly sql: string;
  readonly values: (string | number)[];
}

/** For whom events are looked for, and when. */
export interface View {
  readonly nowS: number;
  /** Kinds of which only the reader's own are found: of its keys, or addressed to them. */
  readonly privateKinds: readonly number[];
  /** What the reader proved. */
  readonly pubkeys: readonly string[];
}

/** Values for each of which a statement is run; more are looked for in one, which sorts all that it finds. */
const MAX_STATEMENTS = 32;

/**
 * What finds the events of `filter` that have not expired and that the reader may see, newest first, each at most `maxLimit`; the
 * newest of all together are the answer. Each statement walks one index in the order of time and stops at its limit: a filter of
 * popular values costs no more than one of rare ones.
 */
export function filterQueries(filter: Filter, view: View, maxLimit: number): FilterQuery[] {
  const driver = driverOf(filter);
  if (driver === null) return [queryOf(filter, view, maxLimit, null, [])];
  const { values } = driver;
  if (driver.column === "id" || values.length > MAX_STATEMENTS) {
    return [queryOf(filter, view, maxLimit, driver, values)];
  }
  return [...new Set(values)].map((value) => queryOf(filter, view, maxLimit, driver, [value]));
}

interface Driver {
  readonly column: "id" | "pubkey" | "kind" | "tag";
  /** The tag's letter, else the filter's field. */
  readonly name: string;
  readonly values: readonly (string | number)[];
}

/** The list that tells most: ids, tags that point at something, authors, other tags, kinds. */
function driverOf(filter: Filter): Driver | null {
  const { ids, authors, kinds } = filter;
  if (ids !== undefined) return { column: "id", name: "ids", values: ids };
  const tags = tagConditions(filter);
  const tag = tags.find(([name]) => name !== "t") ?? (authors === undefined ? tags[0] : undefined);
  if (tag !== undefined) return { column: "tag", name: tag[0], values: tag[1] };
  if (authors !== undefined) return { column: "pubkey", name: "authors", values: authors };
  return kinds === undefined ? null : { column: "kind", name: "kinds", values: kinds };
}

function queryOf(
  filter: Filter,
  view: View,
  maxLimit: number,
  driver: Driver | null,
  driven: readonly (string | number)[],
): FilterQuery {
  const where: string[] = [];
  const values: (string | number)[] = [];
  const anyOf = (column: string, list: readonly (string | number)[]): string => {
    values.push(list.length === 1 ? list[0]! : JSON.stringify(list));
    return list.length === 1 ? `${column} = ?` : `${column} IN (SELECT value FROM json_each(?))`;
  };
  const byTag = driver?.column === "tag";
  const time = byTag ? "driver.created_at" : "events.created_at";
  if (byTag) {
    values.push(driver.name);
    where.push("driver.name = ?", anyOf("driver.value", driven));
  } else if (driver !== null) where.push(anyOf(driver.column, driven));
  // The plus keeps SQLite from taking another index than the driver's.
  for (const [name, column] of [["authors", "pubkey"], ["kinds", "kind"]] as const) {
    const list = filter[name];
    if (list !== undefined && driver?.name !== name) where.push(anyOf(`+${column}`, list));
  }
  if (filter.since !== undefined) {
    where.push(`${time} >= ?`);
    values.push(filter.since);
  }
  if (filter.until !== undefined) {
    where.push(`${time} <= ?`);
    values.push(filter.until);
  }
  for (const [name, list] of tagConditions(filter)) {
    if (byTag && name === driver.name) continue;
    values.push(name);
    where.push(
      `EXISTS (SELECT 1 FROM event_tags AS t WHERE t.seq = events.seq AND t.name = ? AND ${
        anyOf("t.value", list)
      })`,
    );
  }
  where.push("(expires_at IS NULL OR expires_at > ?)");
  values.push(view.nowS);
  if (mayBePrivate(filter, view)) {
    const own = JSON.stringify(view.pubkeys);
    values.push(JSON.stringify(view.privateKinds), own, own);
    where.push(
      "(+kind NOT IN (SELECT value FROM json_each(?)) OR +pubkey IN (SELECT value FROM json_each(?)) OR " +
        "EXISTS (SELECT 1 FROM event_tags AS t WHERE t.seq = events.seq AND t.name = 'p' AND " +
        "t.value IN (SELECT value FROM json_each(?))))",
    );
  }
  values.push(limitOf(filter, maxLimit));
  const from = byTag
    ? "event_tags AS driver CROSS JOIN events ON events.seq = driver.seq"
    : "events";
  // An event may have several of the values, and would take several of the places.
  const distinct = byTag && driven.length > 1 ? "DISTINCT " : "";
  return {
    sql: `SELECT ${distinct}events.seq AS seq, id, events.created_at AS created_at FROM ${from} ` +
      `WHERE ${where.join(" AND ")} ORDER BY ${time} DESC, id LIMIT ?`,
    values,
  };
}

/** How many events a filter brings. */
export function limitOf({ limit }: Filter, maxLimit: number): number {
  return Math.min(limit ?? maxLimit, maxLimit);
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
