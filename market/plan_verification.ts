/**
 * Plans one job with several providers before anything is sent. All providers are different, and so are the candidates that can follow
 * them.
 *
 * @module
 */
import { codeOf, messageOf } from "../base/thrown.ts";
import type { SpendingLimits } from "../money/payer/spending_limits.ts";
import { DISTRUSTED, STRANGERS } from "../protocols/failure_codes.ts";
import type { Candidate } from "../store/store.ts";
import { checkJobTotal } from "./job_budget.ts";
import { InputError } from "./packing/input_error.ts";
import type { PlannedJob } from "./plan_job.ts";
import type { VerifyRule } from "./verify_rule.ts";

/** Errors that mean that there is no further provider. */
const NO_OTHER: readonly string[] = [
  "no_provider",
  "buyer_not_named",
  "bid_too_low",
  "bid_needed",
  "ceiling",
  STRANGERS,
  DISTRUSTED,
];

/** Whether the error means that no further provider can be paid for the job. */
export function isNoOther(error: unknown): boolean {
  return NO_OTHER.includes(codeOf(error) ?? "");
}

/** How the jobs share the limit of what they may spend. */
interface Shares {
  /** Whether the user gave a bid. Then the bids of the jobs are divided already, and `parts` has no effect. */
  readonly given: boolean;
  /** The number of equal parts of the limit. Each job has one part. Default: the number of jobs. */
  readonly parts?: number;
  /** The number of jobs that is enough if more cannot be paid. Default: all of them. */
  readonly least?: number;
}

/**
 * Plans all jobs. Throws InputError `too_few_providers`, `ceiling` if the jobs together cost more than one job may, and the errors of
 * planning the first one.
 *
 * @param planOne Plans the job with a provider that is not in `exclude`.
 */
export async function planVerification(
  { count }: Pick<VerifyRule, "count">,
  planOne: (exclude: readonly string[]) => Promise<PlannedJob>,
  limits: SpendingLimits,
  { given, parts = count, least = count }: Shares,
): Promise<PlannedJob[]> {
  const plans: PlannedJob[] = [];
  while (plans.length < count) {
    try {
      plans.push(await planOne(plans.map(({ provider }) => provider)));
    } catch (error) {
      if (plans.length === 0 || !isNoOther(error)) throw error;
      if (plans.length >= least) break;
      throw new InputError(
        "too_few_providers",
        `${count} providers are needed and ${plans.length} can be paid for this job: ${
          messageOf(error)
        }`,
        {
          suggestion: "verify with fewer providers, or bid more: each has an equal part of the bid",
        },
      );
    }
  }
  while (plans.length > least && totalUnits(plans) > limits.jobUnits) plans.pop();
  checkJobTotal(totalUnits(plans), limits);
  return sharedOut(plans, given ? null : limits.jobUnits / BigInt(parts));
}

/** The cost of all jobs together. */
export function totalUnits(plans: readonly PlannedJob[]): bigint {
  return plans.reduce((sum, { writeUnits, priceUnits }) => sum + writeUnits + priceUnits, 0n);
}

/**
 * Shares out the candidates: each can follow at most one provider. Without a bid, `mostUnits` limits what one job costs in all, including a
 * second write of its request for the candidate.
 */
function sharedOut(plans: readonly PlannedJob[], mostUnits: bigint | null): PlannedJob[] {
  const chosen = new Set<string>(plans.map(({ provider }) => provider));
  const parts: Candidate[][] = plans.map(() => []);
  const given = new Set<string>();
  const rounds = Math.max(...plans.map(({ candidates }) => candidates.length));
  for (let round = 0; round < rounds; round++) {
    for (const [at, { candidates, writeUnits }] of plans.entries()) {
      const next = candidates.find(({ provider, priceUnits, mostUnits: own = priceUnits }) =>
        !chosen.has(provider) && !given.has(provider) &&
        (mostUnits === null || writeUnits * 2n + own <= mostUnits)
      );
      if (next === undefined) continue;
      given.add(next.provider);
      parts[at].push(next);
    }
  }
  return plans.map((plan, at) => ({ ...plan, candidates: parts[at] }));
}
