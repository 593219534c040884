/**
 * Plans a job in another payment mode if nobody can be paid for it upfront only because of the limit for strangers
 * (docs/money.md#strangers), because none is trusted (docs/money.md#distrust), or because no provider that fits takes such payments. On delivery and metered, a provider can keep only a part of
 * the price.
 *
 * @module
 */
import { codeOf } from "../base/thrown.ts";
import { DISTRUSTED, NO_UPFRONT, STRANGERS } from "../protocols/failure_codes.ts";
import type { JobFlags } from "./intake.ts";
import type { Market } from "./market_service.ts";
import { type Asking, type OnBuilt, type PlannedJob, requestPlanner } from "./plan_job.ts";
import { isNoOther } from "./plan_verification.ts";

/** The refusals after which another mode is tried, and how the user is told. */
const WHY: Readonly<Partial<Record<string, string>>> = {
  [STRANGERS]: "the price is above what strangers are paid upfront in a day",
  [DISTRUSTED]: "no provider that fits is trusted with a payment upfront",
  [NO_UPFRONT]: "no provider that fits is paid upfront for it",
};

/** The modes that are tried, and how the user is told. */
const MODES = [["on-delivery", "on delivery"], ["metered", "while it runs"]] as const;

/**
 * Builds the request, chooses the provider and the payment mode, and computes the price. Throws InputError `no_provider`, `bid_too_low`,
 * `too_large`..., and the errors of the relay reader.
 *
 * @param exclude Providers that are not asked again.
 */
export async function chooseRequest(
  asking: Asking,
  market: Pick<Market, "build" | "assign">,
  flags: JobFlags,
  exclude: readonly string[] = [],
  onBuilt?: OnBuilt,
): Promise<PlannedJob> {
  const plan = async (flags: JobFlags, onBuilt?: OnBuilt) =>
    await (await requestPlanner(asking, market, flags, exclude, onBuilt))([]);
  return await inFittingMode(plan, flags, onBuilt);
}

/**
 * Plans the job as its flags say. If they leave the mode open, and no provider can be paid upfront, it is planned on delivery, and then
 * metered. If that fails too, throws the first refusal. Otherwise throws what `plan` throws.
 *
 * @param onBuilt Called once, with the request that is paid upfront. So the same command finds its job, whatever mode was chosen.
 */
export async function inFittingMode<Flags extends JobFlags>(
  plan: (flags: Flags, onBuilt?: OnBuilt) => Promise<PlannedJob>,
  flags: Flags,
  onBuilt?: OnBuilt,
): Promise<PlannedJob> {
  try {
    return await plan(flags, onBuilt);
  } catch (refusal) {
    const why = WHY[codeOf(refusal) ?? ""];
    if (why === undefined || flags.payment !== undefined) throw refusal;
    for (const [payment, words] of MODES) {
      try {
        const planned = await plan({ ...flags, payment });
        const chosen = `the provider is paid ${words}, because ${why}`;
        const note = planned.note === undefined ? chosen : `${planned.note}; ${chosen}`;
        return { ...planned, note };
      } catch (error) {
        if (!isNoOther(error) && codeOf(error) !== "no_quotes") throw error;
      }
    }
    throw refusal;
  }
}
