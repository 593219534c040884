/**
 * The filters with which a subscription resumes: from the last settled event, minus an overlap.
 *
 * @module
 */
import type { Filter } from "../../protocols/nostr/filter.ts";
import { backdatedS } from "../../protocols/nostr/kinds.ts";

/** The progress of a subscription. Times are in seconds. */
interface ResumePoint {
  /** Whether the stored phase was completed once. A request that was refused or interrupted earlier brought no complete history. */
  readonly asked: boolean;
  readonly settledAtS: number | null;
  /** When the subscription was made. */
  readonly firstAtS: number;
  readonly overlapS: number;
}

/**
 * The filters of the next REQ. A `limit` bounds only the history of the first request. On a resumed request it could cut off events that
 * the relay received while we were disconnected. So it is dropped there, and `since` bounds the request.
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
