/**
 * What `--private` changes of a job before it is built.
 *
 * @module
 */
import type { JobFlags } from "../../market/intake.ts";
import { wrappableBytes } from "../../protocols/nostr/private_job.ts";
import type { Invocation } from "../../shell/command.ts";
import { UsageError } from "../../shell/errors.ts";

/** Changes the flags of a private job: its answers go to a separate key, and its size limit leaves room for the gift wrap. */
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

/** Refuses `--private` with a payment that needs orders after the request: they would be public. Throws UsageError. */
export function checkPrivate({ options }: Invocation): void {
  const payment = options.text("payment");
  if (!options.on("private") || payment !== "on-delivery" && payment !== "metered") return;
  throw new UsageError("a private job is paid upfront", `leave --payment ${payment} out`);
}
