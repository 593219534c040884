/**
 * What a relay shows of the market's jobs in a period: verified requests, results and feedback, reduced to what figures need, so that
 * no document crosses a port.
 *
 * Held: at most 10,000 events of a few fields; newer ones come first, so a crowd hides only what is older.
 *
 * @module
 */
import type { NostrEvent } from "../protocols/nostr/event.ts";
import type { Filter } from "../protocols/nostr/filter.ts";
import { FEEDBACK_KIND, isJobRequestKind, resultKindOf } from "../protocols/nostr/kinds.ts";

/** An event of a job, without its content. */
export interface JobTrace {
  readonly id: string;
  readonly kind: number;
  readonly pubkey: string;
  readonly createdAtS: number;
  /** The request that it answers (`e`); null for a request, and for an answer that names none. */
  readonly requestId: string | null;
  /** NIP-90 status of feedback; null elsewhere. */
  readonly status: string | null;
  /** How the relay sent it. */
  readonly encoding: "toon" | "json";
}

/** What came. */
export interface Traffic {
  readonly traces: readonly JobTrace[];
  /** The relay has more of the period than was read. */
  readonly partial: boolean;
}

const PAGE = 500;
const MAX_PAGES = 20;
const MAX_KINDS = 50;

/** One question of a relay. */
type Ask = (filter: Filter) => Promise<{
  readonly events: readonly NostrEvent[];
  readonly encodings: readonly JobTrace["encoding"][];
  readonly more: boolean;
}>;

/** Reads page by page, from now back to `sinceS`; of at most 50 request kinds. */
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
    // What was read counts although the relay left meanwhile.
    const answer = page === 0 ? await asked : await asked.catch(() => null);
    if (answer === null) return { traces: [...traces.values()], partial: true };
    let oldest = until ?? Infinity;
    let fresh = 0;
    answer.events.forEach((event, i) => {
      // A relay may answer with what was not asked for.
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
  return {
    id,
    kind,
    pubkey,
    createdAtS: created_at,
    requestId: isJobRequestKind(kind) ? null : value("e"),
    status: kind === FEEDBACK_KIND ? value("status")?.slice(0, 32) ?? null : null,
    encoding,
  };
}
