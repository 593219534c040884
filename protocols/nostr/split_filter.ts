/**
 * Long filters as several short ones: relays cap the values of each list, and some that get a longer one say so in a NOTICE, which
 * names no subscription, and never answer.
 *
 * @module
 */
import type { Filter } from "./filter.ts";

/** What @nostr-relay takes of kinds; relays in use take at least that. */
const MAX_KINDS = 20;
/** Of ids, authors and the values of a tag. */
const MAX_VALUES = 100;

/**
 * Filters that together match exactly what `filter` matches, each with at most 20 kinds and 100 values of any other list.
 * A `limit` would hold for each of them, so a filter that has one is given back as it is.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { splitFilter } from "./split_filter.ts";
 *
 * const kinds = Array.from({ length: 25 }, (_, n) => 6000 + n);
 * assert.deepEqual(splitFilter({ kinds, since: 5 }), [
 *   { kinds: kinds.slice(0, 20), since: 5 },
 *   { kinds: kinds.slice(20), since: 5 },
 * ]);
 * ```
 */
export function splitFilter(filter: Filter): readonly Filter[] {
  if (filter.limit !== undefined) return [filter];
  let parts: readonly Filter[] = [filter];
  for (const [key, values] of Object.entries(filter)) {
    if (!Array.isArray(values)) continue;
    const most = key === "kinds" ? MAX_KINDS : MAX_VALUES;
    if (values.length <= most) continue;
    const slices = Array.from(
      { length: Math.ceil(values.length / most) },
      (_, n) => values.slice(n * most, (n + 1) * most),
    );
    parts = parts.flatMap((part) => slices.map((slice) => ({ ...part, [key]: slice })));
  }
  return parts;
}
