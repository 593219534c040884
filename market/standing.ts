/**
 * The record of providers for this home, from its own jobs and, if the owner named a root, from reviews of keys that the root follows. It
 * orders the providers that fit.
 *
 * The score is the weighted share of jobs that went well, where one good and one bad job of full weight are added. Of a
 * successful job that was quoted above the announced price, only the announced share of the quote counts as success. A
 * single job does not decide a score, and a provider without history has 0.5. A job weighs 1 when it ends, and half as
 * much after each 30 days. A review counts less than an own job: see {@link REVIEW_WEIGHTS}.
 *
 * @module
 */
import { isEnded, wentWell } from "../protocols/job_status.ts";
import { isHeldAgainstNobody } from "../protocols/nostr/metered.ts";
import { keptShare } from "../protocols/nostr/announced_price.ts";
import type { FailedAttempt } from "../store/job_attempt_row.ts";
import type { JobRow } from "../store/job_row.ts";
import type { PriceOfJob } from "../store/quote_row.ts";
import type { FoundReview } from "./found_review.ts";

/** How providers that fit are ordered: the cheapest first, the fastest first, or the one with the best score first. */
export type Preference = "price" | "latency" | "history";

/** How a provider's jobs for this home went. */
export interface Standing {
  /** Jobs that ended and count: see {@link countedJob}. */
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
  /** The share of its quoted price that was announced, from 0 to 1. Of a successful job, only this share counts as success. */
  readonly kept: number;
}

/**
 * How a job counts now. Null if it does not count: it is open, the buyer cancelled it or ended it by not paying an increment, or its payment
 * was refused or never answered. Nobody signs a refusal, and any hop can send one.
 */
export function countedJob(job: Bought, nowMs: number): CountedJob | null {
  const { status, exitCode, errorCode, updatedAtMs } = job;
  if (!isEnded(status) || status === "cancelled" || status === "refused") return null;
  if (status === "timeout" && isUnpaidFor(job)) return null;
  if (status === "error" && isHeldAgainstNobody(errorCode)) return null;
  const ageDays = Math.max(0, nowMs - updatedAtMs) / DAY_MS;
  return {
    went: wentWell({ status, exitCode }) ? "well" : "badly",
    atMs: updatedAtMs,
    weight: 0.5 ** (ageDays / HALF_LIFE_DAYS),
    kept: job.kept ?? 1,
  };
}

/** The jobs with the shares of their prices that were announced. Jobs that are not among the prices keep theirs. */
export function withKeptPrices<Job extends Pick<JobRow, "jobId" | "provider">>(
  jobs: readonly Job[],
  prices: readonly PriceOfJob[],
): (Job & { readonly kept?: number })[] {
  const of = (jobId: string, provider: string | null) => `${jobId} ${provider}`;
  const shares = new Map(
    prices.map((price) => [of(price.jobId, price.provider), keptShare(price)]),
  );
  return jobs.map((job) => {
    const kept = shares.get(of(job.jobId, job.provider));
    return kept === undefined ? job : { ...job, kept };
  });
}

/** Whether a job has a price that was not paid. A job that is paid by an invoice has no amount, but says that it must be paid. */
function isUnpaidFor({ jobPaid, amountUnits, errorCode }: Bought): boolean {
  return !jobPaid && (amountUnits > 0n || errorCode === "payment_required");
}

/**
 * What reviews weigh. A review without a receipt weighs `unproven` of one that proves that its job was paid. One reviewer's reviews of a provider weigh at most `reviewer` together, before that is multiplied by the factor of
 * its distance. All reviewers of one distance together weigh at most `together`. So four own jobs outweigh all reviews, however many keys
 * sign them.
 */
export const REVIEW_WEIGHTS = {
  unproven: 0.25,
  reviewer: 3,
  1: { factor: 0.5, together: 3 },
  2: { factor: 0.125, together: 1 },
} as const;

/** A review, as the score counts it. */
interface CountedReview extends FoundReview {
  /** From 0 to 1. */
  readonly weight: number;
}

/** The weights of reviews of one provider now. */
export function weighedReviews(
  reviews: readonly FoundReview[],
  nowMs: number,
): CountedReview[] {
  return ([1, 2] as const).flatMap((distance) => {
    const { factor, together } = REVIEW_WEIGHTS[distance];
    const near = reviews.filter((review) => review.distance === distance);
    const weighed = [...Map.groupBy(near, ({ reviewer }) => reviewer).values()].flatMap((own) => {
      const aged = own.map((review) => ({
        ...review,
        weight: (review.paidUnits === null ? REVIEW_WEIGHTS.unproven : 1) *
          0.5 ** (Math.max(0, nowMs - review.atMs) / DAY_MS / HALF_LIFE_DAYS),
      }));
      return scaled(aged, REVIEW_WEIGHTS.reviewer).map((review) => ({
        ...review,
        weight: review.weight * factor,
      }));
    });
    return scaled(weighed, together);
  });
}

/** The same with smaller weights, if their sum is above `most`. */
function scaled(reviews: readonly CountedReview[], most: number): CountedReview[] {
  const sum = reviews.reduce((total, { weight }) => total + weight, 0);
  return sum <= most
    ? [...reviews]
    : reviews.map((review) => ({ ...review, weight: review.weight * most / sum }));
}

/** The score of counted jobs and reviews. */
export function scoreOf(
  counted: readonly (Pick<CountedJob, "went" | "weight"> & Partial<CountedJob>)[],
): number {
  const sum = (weights: readonly number[]) => weights.reduce((total, each) => total + each, 0);
  const well = counted.filter(({ went }) => went === "well");
  return (sum(well.map(({ weight, kept = 1 }) => weight * kept)) + 1) /
    (sum(counted.map(({ weight }) => weight)) + 2);
}

/** The standing of a provider from which this home never bought. */
export const NO_STANDING: Standing = { jobs: 0, succeeded: 0, medianMs: null, score: 0.5 };

type Bought =
  & Pick<
    JobRow,
    | "provider"
    | "status"
    | "exitCode"
    | "errorCode"
    | "createdAtMs"
    | "updatedAtMs"
    | "jobPaid"
    | "amountUnits"
  >
  & {
    /** See {@link withKeptPrices}. Default: 1. */
    readonly kept?: number;
  };

/** A job that its provider failed and another one then had, as it counts for the first: as a job that went badly. */
export function failedJob(
  { jobId, provider, code, createdAtMs, atMs }: FailedAttempt,
): Bought & { readonly jobId: string; readonly passedOn: string } {
  const status = "error";
  return {
    jobId,
    provider,
    status,
    exitCode: null,
    errorCode: code,
    passedOn: code,
    createdAtMs,
    updatedAtMs: atMs,
    // It accepted the job, so the job counts.
    jobPaid: true,
    amountUnits: 0n,
  };
}

/** The standing of each provider, from the jobs that this home bought and the reviews that count for it. */
export function standingsOf(
  jobs: readonly Bought[],
  nowMs: number,
  reviews: readonly FoundReview[] = [],
): ReadonlyMap<string, Standing> {
  const over = jobs.filter((job) => countedJob(job, nowMs) !== null);
  const own = Map.groupBy(over, ({ provider }) => provider ?? "");
  const others = Map.groupBy(reviews, ({ provider }) => provider);
  return new Map(
    [...new Set([...own.keys(), ...others.keys()])].map((provider) => [
      provider,
      standingOf(own.get(provider) ?? [], others.get(provider) ?? [], nowMs),
    ]),
  );
}

function standingOf(
  over: readonly Bought[],
  reviews: readonly FoundReview[],
  nowMs: number,
): Standing {
  const counted = over.flatMap((job) => countedJob(job, nowMs) ?? []);
  const well = over.filter((job) => countedJob(job, nowMs)?.went === "well");
  const times = well.map(({ createdAtMs, updatedAtMs }) => updatedAtMs - createdAtMs)
    .sort((a, b) => a - b);
  return {
    jobs: over.length,
    succeeded: well.length,
    medianMs: times.length === 0 ? null : times[Math.floor(times.length / 2)],
    score: scoreOf([...counted, ...weighedReviews(reviews, nowMs)]),
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
