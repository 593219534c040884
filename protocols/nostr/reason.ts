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
 * Reads the prefix of a reason: a lowercase word before `": "` (or a colon at the end) at its beginning. Relays in use put words of
 * their own before it (strfry: `ERROR: auth-required: ...`), so where the first word is none that a program can act on, the first known
 * word that stands before a colon counts, in either case.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { parseReason } from "./reason.ts";
 *
 * assert.equal(parseReason("restricted: writes require ILP payment").prefix, "restricted");
 * assert.equal(parseReason("ERROR: auth-required: who are you").prefix, "auth-required");
 * assert.equal(parseReason("").prefix, "none");
 * ```
 */
export function parseReason(message: string): Reason {
  const first = /^([a-z][a-z0-9-]{0,31}):(?: |$)/.exec(message)?.[1];
  const known = knownPrefix(first);
  if (known !== null && known !== "error") return { prefix: known, message };
  for (const [, word] of message.slice(0, LOOKED_AT_CHARS).matchAll(WORD_BEFORE_COLON)) {
    const found = knownPrefix(word!.toLowerCase());
    if (found !== null && found !== "error") return { prefix: found, message };
  }
  if (known !== null || /^error:(?: |$)/i.test(message)) return { prefix: "error", message };
  return { prefix: first === undefined ? "none" : "other", message };
}

/** A relay's words may be as long as a frame. */
const LOOKED_AT_CHARS = 256;
const WORD_BEFORE_COLON = /(?<![A-Za-z0-9-])([A-Za-z][A-Za-z0-9-]{0,31}):(?= |$)/g;

function knownPrefix(word: string | undefined): typeof REASON_PREFIXES[number] | null {
  return REASON_PREFIXES.find((candidate) => candidate === word) ?? null;
}
