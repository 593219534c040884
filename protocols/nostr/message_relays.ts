/**
 * The relays at which a key reads private messages (NIP-17, kind 10050). Replaceable: the newest list of a key counts. Messages for the key
 * are written to these relays and to no others.
 *
 * ```text
 * ["relay","wss://a.example"]
 * ```
 *
 * @see https://github.com/nostr-protocol/nips/blob/master/17.md
 * @module
 */
import type { EventTemplate, NostrEvent } from "./event.ts";
import { MESSAGE_RELAYS_KIND } from "./kinds.ts";

/** At most this number of relays is read from a list; NIP-17 asks for one to three. */
const MAX_RELAYS = 16;
const MAX_URL_CHARS = 256;

/** The unsigned event of a list. */
export function messageRelaysTemplate(
  relays: readonly string[],
  createdAtS: number,
): EventTemplate {
  return {
    kind: MESSAGE_RELAYS_KIND,
    created_at: createdAtS,
    tags: relays.map((url) => ["relay", url]),
    content: "",
  };
}

/**
 * The addresses in a verified list. Tags that are not understood are skipped; null if the event is of another kind. The addresses are those
 * of a stranger.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { messageRelaysTemplate, parseMessageRelays } from "./message_relays.ts";
 *
 * const template = messageRelaysTemplate(["wss://a.example"], 1);
 * assert.deepEqual(parseMessageRelays(template), ["wss://a.example"]);
 * ```
 */
export function parseMessageRelays(
  { kind, tags }: Pick<NostrEvent, "kind" | "tags">,
): string[] | null {
  if (kind !== MESSAGE_RELAYS_KIND) return null;
  const urls = tags.flatMap(([name, url = ""]) =>
    name === "relay" && url.length <= MAX_URL_CHARS && /^wss?:\/\/[\x21-\x7e]+$/.test(url) &&
      URL.canParse(url)
      ? [url]
      : []
  );
  return [...new Set(urls)].slice(0, MAX_RELAYS);
}
