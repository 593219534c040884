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

/** What finds the events of `filter` that have not expired and that the reader may see, newest first, at most `maxLimit`. */
export function filterQuery(filter: Filter, view: View, maxLimit: number): FilterQuery {
  const where = ["(expires_at IS NULL OR expires_at > ?)"];
  const values: (string | number)[] = [view.nowS];
  const anyOf = (column: string, list: readonly (string | number)[]): string => {
    values.push(list.length === 1 ? list[0]! : JSON.stringify(list));
    return list.length === 1 ? `${column} = ?` : `${column} IN (SELECT value FROM json_each(?))`;
  };
  if (filter.ids !== undefined) where.push(anyOf("id", filter.ids));
  if (filter.authors !== undefined) where.push(anyOf("pubkey", filter.authors));
  if (filter.kinds !== undefined) where.push(anyOf("kind", filter.kinds));
  if (filter.since !== undefined) {
    where.push("created_at >= ?");
    values.push(filter.since);
  }
  if (filter.until !== undefined) {
    where.push("created_at <= ?");
    values.push(filter.until);
  }
  for (const [name, list] of tagConditions(filter)) {
    values.push(name);
    where.push(`seq IN (SELECT seq FROM tags WHERE name = ? AND ${anyOf("value", list)})`);
  }
  if (mayBePrivate(filter, view)) {
    const own = JSON.stringify(view.pubkeys);
    values.push(JSON.stringify(view.privateKinds), own, own);
    where.push(
      "(kind NOT IN (SELECT value FROM json_each(?)) OR pubkey IN (SELECT value FROM json_each(?)) OR " +
        "seq IN (SELECT seq FROM tags WHERE name = 'p' AND value IN (SELECT value FROM json_each(?))))",
    );
  }
  values.push(Math.min(filter.limit ?? maxLimit, maxLimit));
  return {
    sql: `SELECT seq, id, created_at FROM events WHERE ${where.join(" AND ")} ` +
      "ORDER BY created_at DESC, id LIMIT ?",
    values,
  };
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
