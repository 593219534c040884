/**
 * Names the base images of a packed build context in its request, so that a provider that does not have one refuses the job before it is
 * paid. `crosstown build` does the same.
 *
 * @module
 */
import type { JobFlags } from "../../market/intake.ts";
import type { Market } from "../../market/market_service.ts";
import type { PackedInput } from "../../market/pack_input.ts";
import type { SequenceStep } from "../../market/sequences/sequence_step.ts";
import { IMAGE_BUILD, kindOfType } from "../../protocols/nostr/kinds.ts";
import { UsageError } from "../../shell/errors.ts";
import { OwnMarket } from "./open_market.ts";

/**
 * The same job with the param `bases`. Other jobs, and a job that has the param, stay as they are. Throws UsageError if the Containerfile
 * cannot be read here, and ImageError `no_containerfile`.
 */
export async function withBases<Flags extends JobFlags>(flags: Flags): Promise<Flags> {
  const { packed, params } = flags;
  const kind = flags.kind ?? kindOfType(flags.type);
  const given = new Map(params);
  if (kind !== IMAGE_BUILD.kind || given.has("bases")) return flags;
  if (packed === undefined) throw basesUnknown("--param bases=debian:12");
  await using own = new OwnMarket();
  const bases = await basesIn(own.market, packed, given);
  if (bases === null) throw basesUnknown("--param bases=debian:12");
  return { ...flags, params: [...params, ["bases", bases]] };
}

/** The param `bases` of a context; null if its Containerfile cannot be read here. Throws ImageError `no_containerfile`. */
async function basesIn(
  market: Pick<Market, "readContext">,
  packed: PackedInput,
  params: ReadonlyMap<string, string>,
): Promise<string | null> {
  const { bases } = await market.readContext({
    packed,
    dockerfile: params.get("dockerfile") ?? null,
    args: textsOf(params.get("build_args")),
  });
  return bases?.join(" ") ?? null;
}

/**
 * The same step of a sequence with the param `bases`, as {@link withBases}. A step that gets its context or its params from an earlier step
 * stays as it is.
 */
export async function withStepBases(
  step: SequenceStep,
  market: Pick<Market, "readContext">,
): Promise<SequenceStep> {
  const { kind, input, params } = step;
  const given = new Map(params);
  const later = ["dockerfile", "build_args"].some((name) => given.get(name)?.includes("{{"));
  if (kind !== IMAGE_BUILD.kind || given.has("bases") || later) return step;
  if (input === null || !("packed" in input)) return step;
  const bases = await basesIn(market, input.packed, given);
  if (bases === null) throw basesUnknown('params = { bases = "debian:12" }');
  // Params of a step are templates.
  return { ...step, params: [...params, ["bases", bases.replaceAll("{{", '{{ "{{" }}')]] };
}

/** The error for a build whose Containerfile only its provider can read, and whose base images the user does not name. */
export function basesUnknown(flag: string): UsageError {
  return new UsageError(
    "the Containerfile of a URL, of a git bundle or behind a link cannot be read here, so a missing base image would be found only after the payment",
    `name the base images, e.g. ${flag}; if there are none, ${
      flag.replace("debian:12", "scratch")
    }`,
  );
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
