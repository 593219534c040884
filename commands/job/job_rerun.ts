/**
 * `crosstown job rerun`: buys the same job again from any provider that offers it now.
 *
 * @module
 */
import type { Config } from "../../config/config.ts";
import { requestLimit } from "../../home/sequences.ts";
import type { JobFlags } from "../../market/intake.ts";
import type { UnsignedEvent } from "../../protocols/nostr/event.ts";
import { asksPrivately } from "../../protocols/nostr/private_job.ts";
import type { JobRow } from "../../store/job_row.ts";
import type { Invocation } from "../../shell/command.ts";
import { CommandError } from "../../shell/errors.ts";
import { dryRunState } from "../../shell/home/dry_run_state.ts";
import { configOf } from "../../shell/home/load_config.ts";
import { findJob } from "./find_job.ts";
import { bidOf, providerOf, submitJob } from "./job_submit.ts";

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
  const flags = await flagsOf(invocation, config, row);
  // A private job is rerun as a private job.
  const isPrivate = asksPrivately(row.request);
  await using state = await dryRunState(config, invocation.globals);
  return await submitJob(invocation, state.config, { ...flags, isPrivate }, null, null);
}

/** The flags of the old request without its provider, deadline and bid, which are chosen anew. */
async function flagsOf(
  { options }: Invocation,
  config: Config,
  { jobId, kind, type, request, callbackSkill, timeoutS }: JobRow,
): Promise<JobFlags & { readonly callbackSkill: string | null; readonly again: true }> {
  const { profile } = config;
  // The buyer's own bytes, so they are parsed here.
  const { tags }: UnsignedEvent = JSON.parse(new TextDecoder().decode(request));
  const all = (name: string) => tags.filter((tag) => tag[0] === name);
  const inputs = all("i");
  if (inputs.length > 1 || all("encrypted").length > 0) {
    throw new CommandError(
      "no_rerun",
      `the request of ${jobId} cannot be written again from here`,
      "submit it again as it was submitted",
    );
  }
  const [input] = inputs;
  const params = all("param").map(([, name = "", value = ""]) => [name, value] as const);
  const bid = all("bid").find(([, , unit]) => unit === "units");
  const asked = options.text("bid");
  return {
    type,
    kind,
    input: null,
    ...(input === undefined
      ? {}
      : { packed: { type: "text", input, params: [], sizeBytes: input[1]?.length ?? 0 } }),
    params: params.filter(([name]) => name !== "platform"),
    platform: params.find(([name]) => name === "platform")?.[1] ?? null,
    tags: all("t").flatMap(([, tag]) => tag === undefined ? [] : [tag]),
    bidUnits: asked === undefined
      ? bid === undefined ? null : BigInt(bid[1])
      : bidOf(asked, profile.asset),
    provider: await providerOf(options.text("provider")),
    relays: [profile.relayUrl],
    timeoutS: options.integer("timeout", { min: 1, max: 86_400 }) ?? timeoutS,
    limitBytes: requestLimit(profile.connectorBtp, {
      eventBytes: config.get("limits.event_bytes"),
      prepareDataBytes: config.get("limits.prepare_data_bytes"),
    }),
    callbackSkill,
    again: true,
  };
}
