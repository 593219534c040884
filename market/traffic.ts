/**
 * The events of a market's jobs in a period, read from a relay: verified requests, results and feedback, reduced to the fields that figures
 * need. So no document crosses a port.
 *
 * Held: at most 10,000 events of a few fields. The newest are read first, so a large number of events can hide only older ones.
 *
 * @module
 */
import { parseStrictJson } from "../protocols/json/strict_json.ts";
import { type NostrEvent, parseEvent } from "../protocols/nostr/event.ts";
import { hasOwnId } from "../protocols/nostr/event_id.ts";
import type { Filter } from "../protocols/nostr/filter.ts";
import {
  FEEDBACK_KIND,
  isJobRequestKind,
  isJobResultKind,
  resultKindOf,
} from "../protocols/nostr/kinds.ts";

/** An event of a job, without its content. */
export interface JobTrace {
  readonly id: string;
  readonly kind: number;
  readonly pubkey: string;
  readonly createdAtS: number;
  /** The request that it answers (`e` tag). Null for a request, and for an answer that names none. */
  readonly requestId: string | null;
  /**
   * When the request of a result was made, from the copy of the request in the result (`request` tag). Null for other events, and where the
   * result has no copy. A relay serves no expired request (NIP-40), so this may be all that is left of it.
   */
  readonly requestAtS: number | null;
  /** The NIP-90 status of feedback. Null for other kinds. */
  readonly status: string | null;
  /** The encoding in which the relay sent it. */
  readonly encoding: "toon" | "json";
}

/** The events that were read. */
export interface Traffic {
  readonly traces: readonly JobTrace[];
  /** True if the relay has more events of the period than were read. */
  readonly partial: boolean;
}

const PAGE = 500;
const MAX_PAGES = 20;
const MAX_KINDS = 50;

/** Asks the relay one question. */
type Ask = (filter: Filter) => Promise<{
  readonly events: readonly NostrEvent[];
  readonly encodings: readonly JobTrace["encoding"][];
  readonly more: boolean;
}>;

/** Reads page by page, from now back to `sinceS`, for at most 50 request kinds. */
export async function readTraffic(
  ask: Ask,
  kinds: readonly number[],
  sinceS: number,
): Promise<Traffic> {
  const requests = [...new Set(kinds)].filter(isJobRequestKind).slice(0, MAX_KINDS);
  const wanted = new Set([...requests, ...requests.map(resultKindOf), FEEDBACK_KIND]);
  const traces = new Map<string, JobTrace>();
  let until: number | undefined;
  for (let page = 0; page < MAX_PAGES; page++) {
    const asked = ask({
      kinds: [...wanted],
      since: sinceS,
      limit: PAGE,
      ...(until === undefined ? {} : { until }),
    });
    // If the relay fails later, the pages that were read still count.
    const answer = page === 0 ? await asked : await asked.catch(() => null);
    if (answer === null) return { traces: [...traces.values()], partial: true };
    let oldest = until ?? Infinity;
    let fresh = 0;
    answer.events.forEach((event, i) => {
      // A relay may return events that were not asked for.
      if (!wanted.has(event.kind) || event.created_at < sinceS) return;
      oldest = Math.min(oldest, event.created_at);
      if (traces.has(event.id)) return;
      fresh++;
      traces.set(event.id, traceOf(event, answer.encodings[i]));
    });
    if (!answer.more || fresh === 0) return { traces: [...traces.values()], partial: false };
    until = oldest === until ? oldest - 1 : oldest;
    if (until < sinceS) break;
  }
  return { traces: [...traces.values()], partial: true };
}

function traceOf(
  { id, kind, pubkey, created_at, tags }: NostrEvent,
  encoding: JobTrace["encoding"],
): JobTrace {
  const value = (name: string) => tags.find(([tag]) => tag === name)?.[1] ?? null;
  const requestId = isJobRequestKind(kind) ? null : value("e");
  return {
    id,
    kind,
    pubkey,
    createdAtS: created_at,
    requestId,
    requestAtS: isJobResultKind(kind) ? madeAt(value("request"), requestId) : null,
    status: kind === FEEDBACK_KIND ? value("status")?.slice(0, 32) ?? null : null,
    encoding,
  };
}

/** The time of a copied request. Null if it is not a copy of this request. */
function madeAt(copy: string | null, requestId: string | null): number | null {
  if (copy === null) return null;
  try {
    const request = parseEvent(parseStrictJson(copy));
    return request.id === requestId && hasOwnId(request) ? request.created_at : null;
  } catch {
    return null; // The result still counts.
  }
}
