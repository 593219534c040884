/**
 * Splits long filters into several short ones. Relays limit the values of each list. Some answer a longer list only with a NOTICE, which
 * names no subscription.
 *
 * @module
 */
import type { Filter } from "./filter.ts";

/** The most kinds that @nostr-relay accepts. All relays in use accept at least this number. */
const MAX_KINDS = 20;
/** The most ids, authors or values of a tag. */
const MAX_VALUES = 100;

/**
 * Filters that together match exactly the same events as `filter`, each with at most 20 kinds and 100 values of every other list. A `limit`
 * would apply to each of them separately, so a filter with a limit is returned unchanged.
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
