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
import { relayUrls } from "./relay_list.ts";

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
  return relayUrls(tags.flatMap(([name, url = ""]) => name === "relay" ? [url] : []));
}
