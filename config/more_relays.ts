/**
 * The relays that a home reads in addition to the one that it writes to.
 *
 * @module
 */

import type { Profile } from "./profile.ts";

/** The most further relays. Every reader of a home opens a connection to each of them. */
export const MAX_MORE_RELAYS = 8;

/**
 * The further relays without the home's own one and without repetitions. Two texts that a connection would use alike are one address.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { furtherRelays } from "./more_relays.ts";
 *
 * const named = ["wss://b.example/", "wss://a.example", "wss://b.example"];
 * assert.deepEqual(furtherRelays("wss://a.example/", named), ["wss://b.example/"]);
 * ```
 */
export function furtherRelays(relayUrl: string, named: readonly string[]): readonly string[] {
  const known = new Set([new URL(relayUrl).href]);
  return named.filter((url) => {
    const { href } = new URL(url);
    if (known.has(href)) return false;
    known.add(href);
    return true;
  });
}

/** The relays of a profile in the form for readers: without the list if there are no further relays. */
export function relaysToRead(
  { relayUrl, moreRelays }: Pick<Profile, "relayUrl" | "moreRelays">,
): Pick<Profile, "relayUrl" | "moreRelays"> {
  return moreRelays === undefined ? { relayUrl } : { relayUrl, moreRelays };
}

/** The most relays that a request names. */
const MAX_NAMED = 4;

/**
 * The relays at which a buyer reads answers, as its requests name them. Where writes are paid by their bytes, only the home's own relay is
 * named, because providers write to it.
 */
export function answerRelays(
  { relayUrl, moreRelays = [], write }: Pick<Profile, "relayUrl" | "moreRelays" | "write">,
): readonly string[] {
  return write === "ilp" ? [relayUrl] : [relayUrl, ...moreRelays].slice(0, MAX_NAMED);
}
