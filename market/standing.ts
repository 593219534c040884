/**
 * How providers did for this home so far: its own jobs, and nothing that anybody says. It orders those that fit.
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
}

/** Of one that this home never bought from. */
export const NO_STANDING: Standing = { jobs: 0, succeeded: 0, medianMs: null };

type Bought = Pick<JobRow, "provider" | "status" | "exitCode" | "createdAtMs" | "updatedAtMs">;

/** By provider, of jobs that this home bought. */
export function standingsOf(jobs: readonly Bought[]): ReadonlyMap<string, Standing> {
  const over = jobs.filter(({ status }) => isEnded(status) && status !== "cancelled");
  return new Map(
    [...Map.groupBy(over, ({ provider }) => provider ?? "")]
      .map(([provider, theirs]) => [provider, standingOf(theirs)]),
  );
}

function standingOf(over: readonly Bought[]): Standing {
  const well = over.filter(({ status, exitCode }) => status === "success" && (exitCode ?? 0) === 0);
  const times = well.map(({ createdAtMs, updatedAtMs }) => updatedAtMs - createdAtMs)
    .sort((a, b) => a - b);
  return {
    jobs: over.length,
    succeeded: well.length,
    medianMs: times.length === 0 ? null : times[Math.floor(times.length / 2)],
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
      return share(b) - share(a) || b.jobs - a.jobs;
  }
}

/** One without history stands between one that failed more often than not and one that did not. */
function share({ jobs, succeeded }: Standing): number {
  return (succeeded + 1) / (jobs + 2);
}
