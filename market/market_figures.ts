/**
 * Figures of a market from the events of its relay: how many providers are online, how many jobs are posted in a minute, how many succeed,
 * how long they take, the prices by kind, and the share of TOON. Pure: announcements and traces in, figures out.
 *
 * All figures are based on what others published. Their clocks give the times, in whole seconds.
 *
 * @module
 */
import { isJobRequestKind, isJobResultKind, typeOfKind } from "../protocols/nostr/kinds.ts";
import { type Announcement, isFresh, priceOfKind } from "./announcement.ts";
import type { JobTrace, Traffic } from "./traffic.ts";

/** The prices of one kind for a request of the given size, from the providers that are online. */
interface KindPrice {
  readonly kind: number;
  readonly type: string | null;
  readonly providers: number;
  readonly min_units: bigint;
  readonly median_units: bigint;
  readonly max_units: bigint;
}

/** Figures of jobs. `success_share` and the times are null if no job gives a value. */
export interface JobFigures {
  readonly jobs: number;
  readonly jobs_per_minute: number;
  /** The number of jobs with a result or an error. */
  readonly over: number;
  readonly success_share: number | null;
  /** The time from request to result. */
  readonly p50_ms: number | null;
  readonly p95_ms: number | null;
}

/** The figures of a market in a period. */
export interface MarketFigures extends JobFigures {
  readonly online_providers: number;
  readonly events: number;
  /** The share of these events that were TOON. Null without events. */
  readonly toon_share: number | null;
  /** True if the relay has more events than were read. The figures then cover only the newest part. */
  readonly partial: boolean;
  readonly prices: readonly KindPrice[];
  /** The providers with the most results in the period, at most ten. */
  readonly top_providers: readonly {
    readonly pubkey: string;
    readonly name: string;
    readonly results: number;
  }[];
}

const MAX_TOP = 10;

/** Computes the figures. */
export function marketFigures(
  announcements: readonly Announcement[],
  { traces, partial }: Traffic,
  { windowS, nowMs, bytes }: {
    readonly windowS: number;
    readonly nowMs: number;
    /** The size of the request for which prices are given, in bytes. */
    readonly bytes: number;
  },
): MarketFigures {
  const online = announcements.filter((each) =>
    !each.offline && isFresh(each, Math.floor(nowMs / 1_000))
  );
  const results = firstResults(traces);
  // A relay serves no expired request, but its result shows that it was there.
  const requests = new Map([
    ...[...results].map(([id, { requestAtS }]) => [id, requestAtS] as const),
    ...traces.filter(({ kind }) => isJobRequestKind(kind))
      .map(({ id, createdAtS }) => [id, createdAtS] as const),
  ]);
  const failed = new Set(
    traces.filter(({ status }) => status === "error").map(({ requestId }) => requestId),
  );
  const lost = [...requests.keys()].filter((id) => !results.has(id) && failed.has(id)).length;
  const times = [...results]
    .flatMap(([id, { createdAtS }]) => {
      const madeAtS = requests.get(id) ?? null;
      return madeAtS === null ? [] : (createdAtS - madeAtS) * 1_000;
    })
    .filter((ms) => ms >= 0);
  const toon = traces.filter(({ encoding }) => encoding === "toon").length;
  return {
    online_providers: online.length,
    ...jobFigures(requests.size, results.size, lost, times, windowS),
    events: traces.length,
    toon_share: traces.length === 0 ? null : share(toon, traces.length),
    partial,
    prices: pricesOf(online, bytes),
    top_providers: topOf(results, announcements),
  };
}

/** Figures of any jobs, from their number, their successes and failures, and the times of the successes. */
export function jobFigures(
  jobs: number,
  well: number,
  badly: number,
  timesMs: readonly number[],
  windowS: number,
): JobFigures {
  const sorted = [...timesMs].sort((a, b) => a - b);
  return {
    jobs,
    jobs_per_minute: Math.round(jobs * 6_000 / windowS) / 100,
    over: well + badly,
    success_share: well + badly === 0 ? null : share(well, well + badly),
    p50_ms: percentile(sorted, 50),
    p95_ms: percentile(sorted, 95),
  };
}

/** The percentile by nearest rank. Null if there are no values. */
function percentile(sorted: readonly number[], p: number): number | null {
  return sorted[Math.ceil(sorted.length * p / 100) - 1] ?? null;
}

/** The first result of each request, by the request's id. */
function firstResults(traces: readonly JobTrace[]): ReadonlyMap<string, JobTrace> {
  const first = new Map<string, JobTrace>();
  for (const trace of traces) {
    if (!isJobResultKind(trace.kind) || trace.requestId === null) continue;
    const held = first.get(trace.requestId);
    if (held === undefined || trace.createdAtS < held.createdAtS) {
      first.set(trace.requestId, trace);
    }
  }
  return first;
}

function pricesOf(online: readonly Announcement[], bytes: number): KindPrice[] {
  const byKind = new Map<number, bigint[]>();
  for (const { prices } of online) {
    for (const { kind } of prices) {
      const units = priceOfKind(prices, kind, bytes);
      if (units === null || units === undefined) continue;
      byKind.set(kind, [...byKind.get(kind) ?? [], units]);
    }
  }
  return [...byKind].sort(([a], [b]) => a - b).map(([kind, found]) => {
    const units = found.sort((a, b) => a < b ? -1 : a > b ? 1 : 0);
    return {
      kind,
      type: typeOfKind(kind) ?? null,
      providers: units.length,
      min_units: units[0],
      median_units: units[Math.floor((units.length - 1) / 2)],
      max_units: units[units.length - 1],
    };
  });
}

function topOf(
  results: ReadonlyMap<string, JobTrace>,
  announcements: readonly Announcement[],
): MarketFigures["top_providers"] {
  const names = new Map(announcements.map(({ pubkey, name }) => [pubkey, name]));
  const counts = Map.groupBy(results.values(), ({ pubkey }) => pubkey);
  return [...counts].map(([pubkey, theirs]) => ({
    pubkey,
    name: names.get(pubkey) ?? "",
    results: theirs.length,
  })).sort((a, b) => b.results - a.results || (a.pubkey < b.pubkey ? -1 : 1)).slice(0, MAX_TOP);
}

/** A share, rounded to a tenth of a percent. */
function share(part: number, whole: number): number {
  return Math.round(part * 1_000 / whole) / 1_000;
}
