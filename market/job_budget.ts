/**
 * Checks the limits of a job, and of a provider's day, before the job is posted. So a job is not posted if its payment would be refused.
 *
 * @module
 */
import { smaller } from "../base/amount.ts";
import { formatUnits, typedUnits, UNITS } from "../protocols/ilp/asset.ts";
import {
  aboveProviderLimit,
  type SpendingLimits,
  windowOf,
} from "../money/payer/spending_limits.ts";
import { STRANGERS } from "../protocols/failure_codes.ts";
import { type AboveRoom, aboveStrangersLimit } from "../money/payer/strangers_room.ts";
import type { Budgets } from "../store/budget_row.ts";
import type { Store } from "../store/store.ts";
import { InputError } from "./packing/input_error.ts";

/** The amounts that may still be spent. */
export interface JobBudget {
  readonly limits: SpendingLimits;
  /** What each of these providers was paid today and before. */
  today(providers: readonly string[]): Promise<SpentToday>;
}

/** What providers were paid, in base units. */
export type SpentToday = Pick<Budgets, "providers" | "reserved" | "histories" | "strangersUnits">;

/** The most providers in one question to the store. */
const MAX_PROVIDERS = 4_096;

/** The budget from a home's store. */
export function jobBudget(
  limits: SpendingLimits,
  store: Pick<Store, "budgets">,
  clock: () => number,
): JobBudget {
  return {
    limits,
    today: (providers) =>
      store.budgets({ jobs: [], providers: providers.slice(0, MAX_PROVIDERS), nowMs: clock() }),
  };
}

/** Throws InputError `ceiling` if the job's total is above the limit. */
export function checkJobTotal(
  totalUnits: bigint,
  { jobUnits, asset = UNITS }: SpendingLimits,
): void {
  if (totalUnits <= jobUnits) return;
  throw new InputError(
    "ceiling",
    `the job costs ${formatUnits(totalUnits, asset)} in all, above the limit of ${
      formatUnits(jobUnits, asset)
    } for a job`,
    { suggestion: raise("job", "job_m2m") },
  );
}

/** What the home may pay for a job, of an amount without its write. So who asks for prices sees as many increments as can be paid. */
export function withinJob(
  units: bigint | undefined,
  budget: Pick<JobBudget, "limits"> | undefined,
  writeUnits: bigint,
): bigint | undefined {
  if (units === undefined || budget === undefined) return units;
  return smaller(units, budget.limits.jobUnits - writeUnits);
}

/**
 * Throws InputError `window` if one payment is larger than the window, which is the most that a payer signs beyond what the other side has
 * spent (docs/money.md). So a job is not posted if its payment would be refused.
 */
export function checkOnePayment(
  units: bigint,
  limits: Pick<SpendingLimits, "windowUnits" | "asset">,
): void {
  const mostUnits = windowOf(limits);
  if (units <= mostUnits) return;
  const { asset = UNITS } = limits;
  throw new InputError(
    "window",
    `one payment of the job is ${formatUnits(units, asset)}; at most ${
      formatUnits(mostUnits, asset)
    } may be at risk in a payment`,
    {
      suggestion:
        `Choose a provider that asks less, or split the job; 'crosstown wallet limits --set window=${
          typedUnits(units, asset)
        }' raises the limit, if the connector accepts such an amount`,
    },
  );
}

/** The refusal if today's limit is used up for every provider that fits. */
export function providersAtLimit(
  spent: { readonly provider: string; readonly paidUnits: bigint; readonly priceUnits: bigint },
  limits: SpendingLimits,
): InputError {
  const { provider, paidUnits, priceUnits } = spent;
  return new InputError("ceiling", aboveProviderLimit(provider, paidUnits, priceUnits, limits), {
    suggestion: raise("provider-day", "provider_m2m"),
  });
}

/** The refusal if a payment is above what strangers may be paid today before their result (docs/money.md#strangers). */
export function strangersAtLimit(
  provider: string,
  above: AboveRoom,
  limits: Partial<SpendingLimits>,
): InputError {
  const { asset = UNITS } = limits;
  const needed = typedUnits(above.countedUnits + above.partUnits, asset);
  return new InputError(STRANGERS, aboveStrangersLimit(provider, above, limits), {
    suggestion:
      `Use --payment on-delivery or --payment metered, which risk only a part, choose a provider that has delivered to you, or wait until tomorrow; strangers_m2m under [limits] sets the limit, and above the built-in one 'crosstown wallet limits --set strangers-day=${needed}'`,
  });
}

function raise(name: string, setting: string): string {
  return `Choose another provider or wait, or raise the limit: ${setting} under [limits], and above the built-in one 'crosstown wallet limits --set ${name}=AMOUNT'`;
}
