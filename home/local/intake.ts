/**
 * Builds a job's request when jobSource runs alone. Its input was packed before.
 *
 * @module
 */
import { asPubkey } from "../../protocols/nostr/event.ts";
import { intake, type JobFlags } from "../../market/intake.ts";
import type { JobSourceServices } from "../../stages/job_source.ts";
import type { LocalServiceContext } from "../../runtime/service.ts";

/** Makes the intake. */
export default function jobIntake(
  _options: unknown,
  _services: unknown,
  context: LocalServiceContext,
): NonNullable<JobSourceServices["intake"]> {
  return {
    async build(spec) {
      const flags = spec as unknown as JobFlags & { readonly pubkey: string };
      const { request } = await intake({ clock: context.clock }).build(
        flags,
        asPubkey(flags.pubkey),
      );
      return request;
    },
  };
}
