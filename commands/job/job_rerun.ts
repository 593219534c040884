/**
 * `crosstown job rerun`: buys the same job again from any provider that offers it now.
 *
 * @module
 */
import { asksPrivately } from "../../protocols/nostr/private_job.ts";
import type { Invocation } from "../../shell/command.ts";
import { CommandError } from "../../shell/errors.ts";
import { dryRunState } from "../../shell/home/dry_run_state.ts";
import { configOf } from "../../shell/home/load_config.ts";
import type { JobFlags } from "../../market/intake.ts";
import { parseRequirements } from "../../market/requirement.ts";
import type { Preference } from "../../market/standing.ts";
import { findJob } from "./find_job.ts";
import { providerOf } from "./job_flags.ts";
import type { Config } from "../../config/config.ts";
import { readStore } from "../../shell/home/read_store.ts";
import { submitJob } from "./job_submit.ts";
import { flagsOfRequest } from "./request_flags.ts";

/** Makes a new job from an old job's request. With `--wait`, prints its result. Exit 1 if the job failed or was refused. */
export async function jobRerun(invocation: Invocation): Promise<number> {
  const config = await configOf(invocation);
  const row = await findJob(config, invocation.args.required("id"));
  if (row.role !== "buyer") {
    throw new CommandError(
      "not_bought",
      `${row.jobId} was provided by this home, not bought`,
      "a provider runs a job when a buyer pays for it",
    );
  }
  const { options } = invocation;
  const kept = flagsOfRequest(config, row, await requirements(config, row.jobId));
  const flags = {
    ...kept,
    ...givenAnew(options),
    bidUnits: options.amount("bid", config.profile.asset) ?? kept.bidUnits,
    provider: await providerOf(options.text("provider")),
    timeoutS: options.integer("timeout", { min: 1, max: 86_400 }) ?? kept.timeoutS,
    callbackSkill: row.callbackSkill,
    again: true,
  };
  // A private job is rerun as a private job.
  const isPrivate = asksPrivately(row.request);
  await using state = await dryRunState(config, invocation.globals);
  return await submitJob(invocation, state.config, { ...flags, isPrivate }, null, null);
}

/** What of the choice of a provider is given anew. The rest stays as it was for the earlier job. */
function givenAnew(options: Invocation["options"]): Partial<JobFlags> {
  const [required, tags] = [options.list("require"), options.list("tag")];
  const [platform, payment, prefer] = ["platform", "payment", "prefer"].map((name) =>
    options.text(name)
  );
  return {
    ...required.length > 0 && { requirements: required.flatMap(parseRequirements) },
    ...tags.length > 0 && { tags },
    ...platform !== undefined && { platform },
    ...payment !== undefined && { payment: payment as JobFlags["payment"] },
    ...prefer !== undefined && { prefer: prefer as Preference },
  };
}

async function requirements(config: Config, jobId: string): Promise<string | null> {
  await using store = await readStore(config);
  return await store.jobRequirements(jobId);
}
