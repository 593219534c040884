/**
 * A filter as SQL over the relay's tables. Lists travel as one JSON parameter, so that few statements serve all filters.
 *
 * @module
 */
import type { Filter } from "../../protocols/nostr/filter.ts";

/** A statement and its values. */
export interface FilterQuery {
  readonly sql: string;
  readonly values: (string | number)[];
}

/** What finds the events of `filter` that have not expired at `nowS`, newest first, at most `maxLimit`. */
export function filterQuery(filter: Filter, nowS: number, maxLimit: number): FilterQuery {
  const where = ["(expires_at IS NULL OR expires_at > ?)"];
  const values: (string | number)[] = [nowS];
  const anyOf = (column: string, list: readonly (string | number)[]) => {
    where.push(`${column} IN (SELECT value FROM json_each(?))`);
    values.push(JSON.stringify(list));
  };
  if (filter.ids !== undefined) anyOf("id", filter.ids);
  if (filter.authors !== undefined) anyOf("pubkey", filter.authors);
  if (filter.kinds !== undefined) anyOf("kind", filter.kinds);
  if (filter.since !== undefined) {
    where.push("created_at >= ?");
    values.push(filter.since);
  }
  if (filter.until !== undefined) {
    where.push("created_at <= ?");
    values.push(filter.until);
  }
  for (const [name, list] of tagConditions(filter)) {
    where.push(
      "seq IN (SELECT seq FROM tags WHERE name = ? AND value IN (SELECT value FROM json_each(?)))",
    );
    values.push(name, JSON.stringify(list));
  }
  values.push(Math.min(filter.limit ?? maxLimit, maxLimit));
  return {
    sql: `SELECT seq, id, created_at FROM events WHERE ${where.join(" AND ")} ` +
      "ORDER BY created_at DESC, id LIMIT ?",
    values,
  };
}

function tagConditions(filter: Filter): [string, readonly string[]][] {
  return Object.entries(filter)
    .filter(([key]) => key.startsWith("#"))
    .map(([key, list]) => [key.slice(1), list as readonly string[]]);
}
