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

/** Which of those that fit comes first: the cheapest, the one that was fastest, or the one whose jobs went best. */
export type Preference = "price" | "latency" | "history";

/** How a provider's jobs for this home went. */
export interface Standing {
  /** That are over; what the buyer cancelled does not count. */
  readonly jobs: number;
  /** Of them, with a result whose run succeeded. */
  readonly succeeded: number;
  /** Of those, the middle one from request to result; null where there is none. */
  readonly medianMs: number | null;
  /** From 0 to 1; see the module. */
  readonly score: number;
}

/** In so many days a job's weight falls to a half. */
export const HALF_LIFE_DAYS = 30;
const DAY_MS = 86_400_000;

/** One job as it counts. */
interface CountedJob {
  readonly went: "well" | "badly";
  /** When it ended. */
  readonly atMs: number;
  /** From 0 to 1. */
  readonly weight: number;
}

/** How a job counts now; null where it does not: it is open, or the buyer cancelled it. */
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

/** The score of jobs that count. */
export function scoreOf(counted: readonly Pick<CountedJob, "went" | "weight">[]): number {
  const sum = (jobs: typeof counted) => jobs.reduce((total, { weight }) => total + weight, 0);
  return (sum(counted.filter(({ went }) => went === "well")) + 1) / (sum(counted) + 2);
}

/** Of one that this home never bought from. */
export const NO_STANDING: Standing = { jobs: 0, succeeded: 0, medianMs: null, score: 0.5 };

type Bought = Pick<JobRow, "provider" | "status" | "exitCode" | "createdAtMs" | "updatedAtMs">;

/** By provider, of jobs that this home bought. */
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

/** Below 0 where `a` comes first; 0 where the preference does not tell them apart, as `price` never does. */
export function byPreference(a: Standing, b: Standing, prefer: Preference): number {
  switch (prefer) {
    case "price":
      return 0;
    case "latency":
      // One that was never timed comes after all that were.
      return (a.medianMs ?? Infinity) === (b.medianMs ?? Infinity)
        ? 0
        : (a.medianMs ?? Infinity) - (b.medianMs ?? Infinity);
    case "history":
      return b.score - a.score || b.jobs - a.jobs;
  }
}
