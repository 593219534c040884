/**
 * Which requests a provider passes over: those that name only other providers. A relay's filter cannot exclude them, and in a market of many
 * providers most requests are of this kind.
 *
 * Nothing is verified here. A relay that changes the tags of a request can hide it, as it can by not delivering it; a copy from another relay
 * is not affected.
 *
 * @module
 */
import { isJobRequestKind } from "../protocols/nostr/kinds.ts";
import { decodeDocument } from "../protocols/toon/decode.ts";

/** Whether the document is a job request with `p` tags, none of which names this key. False where it cannot be decoded. */
export function namesOnlyOthers(bytes: Uint8Array, pubkey: string): boolean {
  let event: unknown;
  try {
    event = decodeDocument(bytes).event;
  } catch {
    return false; // A later stage says what is wrong with it.
  }
  if (typeof event !== "object" || event === null) return false;
  const { kind, tags } = event as { readonly kind?: unknown; readonly tags?: unknown };
  if (typeof kind !== "number" || !isJobRequestKind(kind) || !Array.isArray(tags)) return false;
  const named = tags.filter((tag) => Array.isArray(tag) && tag[0] === "p");
  return named.length > 0 && named.every((tag) => tag[1] !== pubkey);
}
