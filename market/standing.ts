/**
 * The record of providers for this home, only from its own jobs and not from claims of others. It orders the providers that fit.
 *
 * The score is the weighted share of jobs that went well, where one good and one bad job of full weight are added. So a
 * single job does not decide a score, and a provider without history has 0.5. A job weighs 1 when it ends, and half as
 * much after each 30 days.
 *
 * @module
 */
import { isEnded } from "../protocols/job_status.ts";
import type { JobRow } from "../store/job_row.ts";

/** How providers that fit are ordered: the cheapest first, the fastest first, or the one with the best score first. */
export type Preference = "price" | "latency" | "history";

/** How a provider's jobs for this home went. */
export interface Standing {
  /** Jobs that ended. Jobs that the buyer cancelled do not count. */
  readonly jobs: number;
  /** How many of them had a result whose run succeeded. */
  readonly succeeded: number;
  /** The median time from request to result of these. Null if there are none. */
  readonly medianMs: number | null;
  /** From 0 to 1; see the module. */
  readonly score: number;
}

/** The number of days in which a job's weight falls to one half. */
export const HALF_LIFE_DAYS = 30;
const DAY_MS = 86_400_000;

/** One job, as the score counts it. */
interface CountedJob {
  readonly went: "well" | "badly";
  /** When it ended. */
  readonly atMs: number;
  /** From 0 to 1. */
  readonly weight: number;
}

/** How a job counts now. Null if it does not count, because it is open or the buyer cancelled it. */
export function countedJob(
  { status, exitCode, updatedAtMs }: Bought,
  nowMs: number,
): CountedJob | null {
  if (!isEnded(status) || status === "cancelled") return null;
  const ageDays = Math.max(0, nowMs - updatedAtMs) / DAY_MS;
  return {
    went: status === "success" && (exitCode ?? 0) === 0 ? "well" : "badly",
    atMs: updatedAtMs,
    weight: 0.5 ** (ageDays / HALF_LIFE_DAYS),
  };
}

/** The score of counted jobs. */
export function scoreOf(counted: readonly Pick<CountedJob, "went" | "weight">[]): number {
  const sum = (jobs: typeof counted) => jobs.reduce((total, { weight }) => total + weight, 0);
  return (sum(counted.filter(({ went }) => went === "well")) + 1) / (sum(counted) + 2);
}

/** The standing of a provider from which this home never bought. */
export const NO_STANDING: Standing = { jobs: 0, succeeded: 0, medianMs: null, score: 0.5 };

type Bought = Pick<JobRow, "provider" | "status" | "exitCode" | "createdAtMs" | "updatedAtMs">;

/** The standing of each provider, from the jobs that this home bought. */
export function standingsOf(
  jobs: readonly Bought[],
  nowMs: number,
): ReadonlyMap<string, Standing> {
  const over = jobs.filter((job) => countedJob(job, nowMs) !== null);
  return new Map(
    [...Map.groupBy(over, ({ provider }) => provider ?? "")]
      .map(([provider, theirs]) => [provider, standingOf(theirs, nowMs)]),
  );
}

function standingOf(over: readonly Bought[], nowMs: number): Standing {
  const counted = over.flatMap((job) => countedJob(job, nowMs) ?? []);
  const well = over.filter((job) => countedJob(job, nowMs)?.went === "well");
  const times = well.map(({ createdAtMs, updatedAtMs }) => updatedAtMs - createdAtMs)
    .sort((a, b) => a - b);
  return {
    jobs: over.length,
    succeeded: well.length,
    medianMs: times.length === 0 ? null : times[Math.floor(times.length / 2)],
    score: scoreOf(counted),
  };
}

/** Less than 0 if `a` comes first. 0 if the preference does not distinguish them; `price` never does. */
export function byPreference(a: Standing, b: Standing, prefer: Preference): number {
  switch (prefer) {
    case "price":
      return 0;
    case "latency":
      // A provider without a time comes after all providers with one.
      return (a.medianMs ?? Infinity) === (b.medianMs ?? Infinity)
        ? 0
        : (a.medianMs ?? Infinity) - (b.medianMs ?? Infinity);
    case "history":
      return b.score - a.score || b.jobs - a.jobs;
  }
}
