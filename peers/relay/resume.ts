/**
 * With which filters a subscription is asked for again (FR3): from the last settled event, less an overlap.
 *
 * @module
 */
import type { Filter } from "../../protocols/nostr/filter.ts";
import { backdatedS } from "../../protocols/nostr/kinds.ts";

/** Where a subscription stands. Seconds. */
interface ResumePoint {
  /** Whether what was stored had come to its end once; a request that was refused or cut off before brought no history. */
  readonly asked: boolean;
  readonly settledAtS: number | null;
  /** When the subscription was first wanted. */
  readonly firstAtS: number;
  readonly overlapS: number;
}

/**
 * The filters of the next REQ. A `limit` bounds the history of a first request alone: on a resumed one it would cut off what came
 * while the relay was away, so there it is dropped and `since` bounds it.
 */
export function resumeFilters(
  filters: readonly Filter[],
  at: ResumePoint,
): Filter[] {
  return filters.map((filter) => {
    const from = at.settledAtS ??
      (at.asked && filter.limit !== undefined ? at.firstAtS : null);
    if (from === null) return filter;
    const { limit: _dropped, ...rest } = filter;
    return {
      ...rest,
      since: Math.max(filter.since ?? 0, from - at.overlapS - backdatedS(filter), 0),
    };
  });
}
