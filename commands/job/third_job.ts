/**
 * Asks a third provider of a challenged job if the two answers differ. If two of the three answers are equal, the other one is wrong.
 *
 * @module
 */
import { codeOf, messageOf } from "../../base/thrown.ts";
import type { Config } from "../../config/config.ts";
import type { HomeCall } from "../../home/client/home_api.ts";
import { checkJobTotal } from "../../market/job_budget.ts";
import { rowsOf } from "../../market/job_rows.ts";
import type { Market } from "../../market/market_service.ts";
import type { PlannedJob } from "../../market/plan_job.ts";
import { isNoOther, totalUnits } from "../../market/plan_verification.ts";
import { needsThird, type VerificationState } from "../../market/verification_state.ts";
import type { Pubkey } from "../../protocols/nostr/event.ts";
import { checkBalance } from "../../shell/auto_deposits.ts";
import type { Invocation } from "../../shell/command.ts";
import type { HomeClient } from "../../shell/home/home_client.ts";
import { limitsOf } from "../../shell/home/home_about.ts";
import type { JobRow } from "../../store/job_row.ts";
import { secureRandom } from "./challenge_option.ts";
import { plannerWith, type PlansJobs } from "./job_making.ts";
import { privately } from "./private_job.ts";
import { flagsOfRequest } from "./request_flags.ts";
import { untilVerified } from "./verified_job.ts";

/** Waits until a verification is decided. Asks a third provider if the two answers of a challenge differ. */
export async function untilDecided(
  invocation: Invocation,
  config: Config,
  home: HomeClient,
  market: Market,
  leadId: string,
  call: HomeCall<JobRow>,
): Promise<void> {
  const state = await untilVerified(invocation, config, home, market, leadId, call);
  if (!needsThird(state)) return;
  await invocation.output.note(`${leadId}: two answers are not equal; asking a third provider`);
  try {
    await makeThird(home, config, market, state, invocation.io.clock);
  } catch (error) {
    if (!isNoOther(error)) throw error;
    await invocation.output.warn(`no third provider can be asked: ${messageOf(error)}`);
    return;
  }
  await untilVerified(invocation, config, home, market, leadId, call);
}

/** What asking a third provider needs of a home. */
export type AsksThird = PlansJobs & Pick<HomeClient, "submitThird">;

/**
 * Makes the third job, with the same part of the bid as the others. One commit makes it, so a process that ends before has asked nobody, and
 * one that starts again asks nobody twice. Throws InputError if no other provider can be paid.
 *
 * @param clock Milliseconds since the epoch.
 */
export async function makeThird(
  home: AsksThird,
  config: Config,
  market: Market,
  { rows, paidUnits }: VerificationState,
  clock: () => number,
): Promise<void> {
  const [lead] = rows;
  const tried = await home.read((store) =>
    Promise.all(rows.map(({ jobId }) => store.attemptsOf(jobId)))
  );
  const stored = await home.read((store) => store.jobRequirements(lead.jobId));
  const asked = [...rows, ...tried.flat()].flatMap(({ provider }) => provider ?? []);
  const flags = {
    ...privately(flagsOfRequest(config, lead, stored), true, home.about),
    callbackSkill: null,
  };
  const plan: PlannedJob = {
    ...await (await plannerWith(home, market, config, flags, undefined, {}, asked))(
      [],
      secureRandom,
    ),
    // A candidate could be one of the two providers, so the third job has none.
    candidates: [],
  };
  const units = totalUnits([plan]);
  checkJobTotal(paidUnits + units, limitsOf(home.about, config.profile.asset));
  await home.read((store) => checkBalance(config, store, units, clock()));
  const jobId = await home.read((store) => store.freeJobId(plan.built.eventId));
  const buyer = home.about.pubkey as Pubkey;
  const job = rowsOf(config.profile, buyer, jobId, plan, flags, clock());
  try {
    await home.submitThird({ job: { ...job, claim: null }, leadId: lead.jobId });
  } catch (error) {
    // Another command asked a third provider at the same moment.
    if (codeOf(error) !== "conflict") throw error;
  }
}
