/**
 * What `--private` changes of a job before it is built.
 *
 * @module
 */
import type { JobFlags } from "../../market/intake.ts";
import { wrappableBytes } from "../../protocols/nostr/private_job.ts";

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
