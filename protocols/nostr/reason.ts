/**
 * The machine-readable prefixes of OK and CLOSED. Pure.
 *
 * @see https://github.com/nostr-protocol/nips/blob/master/01.md#from-relay-to-client-sending-events-and-notices
 * @module
 */

/** Every prefix that a NIP or a relay in use defines. */
export const REASON_PREFIXES = [
  "duplicate",
  "pow",
  "blocked",
  "rate-limited",
  "invalid",
  "restricted",
  "mute",
  "error",
  "unsupported",
  "auth-required",
  "payment-required",
  "closed",
] as const;

/** A known prefix; `other` is one that we do not know, `none` words without one. */
export type ReasonPrefix = typeof REASON_PREFIXES[number] | "other" | "none";

/** The words of an OK or CLOSED, and what they mean to a program. */
export interface Reason {
  /** What to act on. */
  readonly prefix: ReasonPrefix;
  /** The words as they came, prefix and all. */
  readonly message: string;
}

/**
 * Reads the prefix of a reason. Only what stands before `": "` (or a colon at the end) counts, in lowercase.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { parseReason } from "./reason.ts";
 *
 * assert.equal(parseReason("restricted: writes require ILP payment").prefix, "restricted");
 * assert.equal(parseReason("").prefix, "none");
 * ```
 */
export function parseReason(message: string): Reason {
  const prefix = /^([a-z][a-z0-9-]{0,31}):(?: |$)/.exec(message)?.[1];
  if (prefix === undefined) return { prefix: "none", message };
  const known = REASON_PREFIXES.find((candidate) => candidate === prefix);
  return { prefix: known ?? "other", message };
}
