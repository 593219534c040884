/**
 * The stages of the outbound pipeline. A command that sends starts their workers while its home still opens.
 *
 * @module
 */
import { hostOfUrl } from "../base/urls.ts";
import type { Profile } from "../config/profile.ts";
import { rulesOf } from "../protocols/btp/wire_rules.ts";
import { formatHopFee } from "../protocols/ilp/fee.ts";
import { kindPricesText } from "../protocols/nostr/write_price.ts";
import type { ServiceHandle } from "../runtime/hosted_service.ts";
import type { StageSpec } from "../runtime/pipeline_spec.ts";
import type { Supervisor } from "./workers/supervisor.ts";

/** What is started while a home opens, beside its own services. */
export interface EarlyStart {
  /** True if something is sent at once. What sending needs is then loaded while the signer starts. */
  readonly sends?: boolean;
  /** Called when the workers of the store and the signer load, to start others beside them. */
  readonly meanwhile?: (supervisor: Supervisor) => void;
}

/** What the stages' options are made of. */
interface Sending {
  readonly profile: Profile;
  /** In bytes. */
  readonly limits: { readonly eventBytes: number; readonly prepareDataBytes: number };
}

/** The specification of the stages, from the source to the sink. */
export function outboundStages(
  { profile, limits }: Sending,
  { follow }: { readonly follow: boolean },
): readonly StageSpec[] {
  return [
    { stage: "job-source", options: { follow } },
    { stage: "event-signer", options: {} },
    {
      stage: "toon-encoder",
      options: {
        rules: rulesOf(profile.wire).toonRules,
        priceUnitsPerByte: String(profile.relay?.priceUnitsPerByte ?? 0n),
        kindPrices: kindPricesText(profile.relay?.kindPricesUnitsPerByte),
        maxBytes: profile.write === "ilp" ? limits.prepareDataBytes : limits.eventBytes,
      },
    },
    {
      stage: "prepare-sink",
      options: {
        write: profile.write,
        wire: profile.wire,
        hopFees: profile.hopFees?.map(formatHopFee),
        connectorHost: profile.connectorBtp === null ? undefined : hostOfUrl(profile.connectorBtp),
        moreConnectorHosts: profile.moreConnectors?.map(({ url }) => hostOfUrl(url)),
      },
    },
  ];
}

/**
 * Starts beside a home's services what the options say: the workers of the outbound pipeline, without its stages, and the services that a
 * payment asks before it signs.
 */
export async function startEarly(
  supervisor: Supervisor,
  options: Sending & EarlyStart,
  asked: readonly (ServiceHandle | undefined)[],
): Promise<void> {
  options.meanwhile?.(supervisor);
  if (!options.sends) return;
  const stages = outboundStages(options, { follow: true });
  await supervisor.prepare({ name: "outbound", stages }, LOADED_WITH_THEM);
  for (const each of asked) each?.wake?.();
}

/** The sink's local service that takes long to load, and the service that shares a worker with the sink. */
const LOADED_WITH_THEM: readonly string[] = ["connector", "quotes"];
