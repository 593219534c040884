/**
 * What `--private` changes of a job before it is built.
 *
 * @module
 */
import type { JobFlags } from "../../market/intake.ts";
import { wrappableBytes } from "../../protocols/nostr/private_job.ts";
import type { Invocation } from "../../shell/command.ts";
import { UsageError } from "../../shell/errors.ts";

/** A private job as it is built: its answers come for another key, and its wrap takes more than what is in it. */
export function privately<Flags extends JobFlags>(
  flags: Flags,
  isPrivate: boolean | undefined,
  about: { readonly answers_key: string },
): Flags {
  if (isPrivate !== true) return flags;
  return {
    ...flags,
    answersKey: about.answers_key,
    limitBytes: wrappableBytes(flags.limitBytes),
  };
}

/** The key to a sealed result would be asked for in the open. Throws UsageError. */
export function checkPrivate({ options }: Invocation): void {
  if (!options.on("private") || options.text("payment") !== "on-delivery") return;
  throw new UsageError("a private job is paid upfront", "leave --payment on-delivery out");
}
