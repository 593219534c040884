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

/** A known prefix. `other`: an unknown prefix. `none`: a text without a prefix. */
export type ReasonPrefix = typeof REASON_PREFIXES[number] | "other" | "none";

/** The text of an OK or CLOSED, and its prefix. */
export interface Reason {
  /** The prefix, by which a program decides what to do. */
  readonly prefix: ReasonPrefix;
  /** The whole text, unchanged, with its prefix. */
  readonly message: string;
}

/**
 * Reads the prefix of a reason: a lowercase word at the start, followed by `": "` or a final colon. Some relays put their own words before
 * it (strfry: `ERROR: auth-required: ...`). So if the first word is unknown or only `error`, the first known word before a colon counts, in
 * upper or lower case.
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

/** Only the start of the text is searched, because it may be as long as a frame. */
const LOOKED_AT_CHARS = 256;
const WORD_BEFORE_COLON = /(?<![A-Za-z0-9-])([A-Za-z][A-Za-z0-9-]{0,31}):(?= |$)/g;

function knownPrefix(word: string | undefined): typeof REASON_PREFIXES[number] | null {
  return REASON_PREFIXES.find((candidate) => candidate === word) ?? null;
}
