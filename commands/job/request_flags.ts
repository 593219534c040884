/**
 * Reads the flags of a job from its stored request, so that the same job can be bought again.
 *
 * @module
 */
import { blobsOf } from "../../blobs/blob_reference.ts";
import type { Config } from "../../config/config.ts";
import { answerRelays } from "../../config/more_relays.ts";
import { requestLimit } from "../../market/request_limit.ts";
import type { JobFlags } from "../../market/intake.ts";
import { requirementsOfJob } from "../../market/requirement.ts";
import type { UnsignedEvent } from "../../protocols/nostr/event.ts";
import type { JobRow } from "../../store/job_row.ts";
import { CommandError } from "../../shell/errors.ts";

/**
 * The flags of a stored request, without its provider.
 *
 * @param stored The job's requirements, as its store has them.
 * @throws CommandError `no_rerun`
 */
export function flagsOfRequest(
  config: Config,
  { jobId, kind, type, request, timeoutS }: JobRow,
  stored: string | null,
): JobFlags {
  const { profile } = config;
  // The buyer's home made these bytes itself, so this process may parse them.
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
  const blob = blobsOf({ tags }).find(({ urls }) => urls[0] === input?.[1]);
  const params = all("param").map(([, name = "", value = ""]) => [name, value] as const);
  const [, mode] = all("mode")[0] ?? [];
  const bid = all("bid").find(([, , unit]) => unit === "units");
  return {
    type,
    kind,
    input: null,
    ...(input === undefined ? {} : {
      packed: {
        type: "text",
        input,
        params: [],
        sizeBytes: input[1]?.length ?? 0,
        ...blob !== undefined && { blob },
      },
    }),
    params: params.filter(([name]) => name !== "platform"),
    platform: params.find(([name]) => name === "platform")?.[1] ?? null,
    tags: all("t").flatMap(([, tag]) => tag === undefined ? [] : [tag]),
    bidUnits: bid === undefined ? null : BigInt(bid[1]),
    provider: null,
    requirements: requirementsOfJob(stored),
    ...(mode === "on-delivery" || mode === "metered") && { payment: mode },
    relays: answerRelays(profile),
    timeoutS,
    limitBytes: requestLimit(profile.connectorBtp, {
      eventBytes: config.get("limits.event_bytes"),
      prepareDataBytes: config.get("limits.prepare_data_bytes"),
    }),
  };
}
