/**
 * Public keys that a person types: hex, or the NIP-19 names that Nostr programs show.
 *
 * @module
 */
import { UsageError } from "./errors.ts";

/** The hex of an `npub` or `nprofile`; another text as it is. UsageError if such a name has a mistake. */
export async function keyOfName(text: string, option: string): Promise<string> {
  if (!/^n(pub|profile)1/i.test(text)) return text;
  const { pubkeyOfName } = await import("../protocols/nostr/npub.ts");
  const pubkey = pubkeyOfName(text);
  if (pubkey !== null) return pubkey;
  throw new UsageError(
    `${option} is not a valid npub`,
    "check it, or give the public key in 64 hex digits",
  );
}

/** A whole public key in hex. UsageError if the text is neither that nor an `npub`. */
export async function pubkeyOption(text: string, option: string): Promise<string> {
  const key = (await keyOfName(text, option)).toLowerCase();
  if (/^[0-9a-f]{64}$/.test(key)) return key;
  throw new UsageError(
    `${option} must be a public key: 64 hex digits, or an npub`,
    `it has ${text.length} characters; ask the operator of that relay, connector or provider for its key`,
  );
}
