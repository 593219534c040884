/**
 * Public keys in the form in which people share them: NIP-19 names. Pure.
 *
 * @see https://github.com/nostr-protocol/nips/blob/master/19.md
 * @module
 */
import { decode } from "nostr-tools/nip19";
import { asPubkey, type Pubkey } from "./event.ts";

/**
 * The key of an `npub` or `nprofile`. Null if the text is neither, or its checksum is wrong.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { pubkeyOfName } from "./npub.ts";
 *
 * const name = "npub10elfcs4fr0l0r8af98jlmgdh9c8tcxjvz9qkw038js35mp4dma8qzvjptg";
 * assert.equal(
 *   pubkeyOfName(name),
 *   "7e7e9c42a91bfef19fa929e5fda1b72e0ebc1a4c1141673e2794234d86addf4e",
 * );
 * assert.equal(pubkeyOfName(name.replace("g", "q")), null);
 * ```
 */
export function pubkeyOfName(text: string): Pubkey | null {
  try {
    const decoded = decode(text.toLowerCase());
    if (decoded.type === "npub") return asPubkey(decoded.data);
    return decoded.type === "nprofile" ? asPubkey(decoded.data.pubkey) : null;
  } catch {
    return null;
  }
}
