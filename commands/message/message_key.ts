/**
 * Reads the key of somebody to whom messages are sent.
 *
 * @module
 */
import { pubkeyOfName } from "../../protocols/nostr/npub.ts";
import { UsageError } from "../../shell/errors.ts";

/** The whole key in hex, from hex, npub or nprofile. A part of a key is refused: it could name somebody else. */
export function messageKey(text: string): string {
  if (/^[0-9a-f]{64}$/.test(text)) return text;
  const key = pubkeyOfName(text);
  if (key !== null) return key;
  throw new UsageError(
    // The text is not repeated, because it may be a secret key.
    `a reader is named by a whole public key (got ${text.length} characters)`,
    "give 64 hex digits, an npub or an nprofile",
  );
}
