/**
 * Names the base images of a packed build context in its request, so that a provider that does not have one refuses the job before it is
 * paid. `crosstown build` does the same.
 *
 * @module
 */
import { createSupervisor } from "../../home/workers/supervisor.ts";
import type { JobFlags } from "../../market/intake.ts";
import { IMAGE_BUILD, kindOfType } from "../../protocols/nostr/kinds.ts";
import { openMarket } from "./job_market.ts";

/**
 * The same job with the param `bases`. Other jobs, an input that is no packed folder, and a job that has the param stay as they are. Throws
 * ImageError `no_containerfile`.
 */
export async function withBases<Flags extends JobFlags>(flags: Flags): Promise<Flags> {
  const { packed, params } = flags;
  const kind = flags.kind ?? kindOfType(flags.type);
  if (kind !== IMAGE_BUILD.kind || packed?.type !== "tar") return flags;
  const given = new Map(params);
  if (given.has("bases")) return flags;
  const supervisor = createSupervisor({ log: () => undefined });
  try {
    const market = await openMarket({ supervisor });
    const { bases } = await market.readContext({
      packed,
      dockerfile: given.get("dockerfile") ?? null,
      args: textsOf(given.get("build_args")),
    });
    return { ...flags, params: [...params, ["bases", bases.join(" ")]] };
  } finally {
    await supervisor.stop(0);
  }
}

/** Build arguments. A provider refuses what is not an object of texts. */
function textsOf(json: string | undefined): Readonly<Record<string, string>> {
  try {
    const entries = Object.entries(JSON.parse(json ?? "{}") as Record<string, unknown>);
    return Object.fromEntries(
      entries.filter((entry): entry is [string, string] => typeof entry[1] === "string"),
    );
  } catch (error) {
    if (!(error instanceof SyntaxError) && !(error instanceof TypeError)) throw error;
    return {};
  }
}
