/**
 * The list of relays that a key publishes to and reads (NIP-65, kind 10002). Replaceable: the newest list of a key counts.
 *
 * ```text
 * ["r","wss://a.example"]           written and read
 * ["r","wss://b.example","read"]    only read: what is meant for the key is found by it there
 * ["r","wss://c.example","write"]   only written: what the key publishes is found there
 * ```
 *
 * @see https://github.com/nostr-protocol/nips/blob/master/65.md
 * @module
 */
import type { EventTemplate, NostrEvent } from "./event.ts";
import { RELAY_LIST_KIND } from "./kinds.ts";

/** Addresses as the event lists them. They are not checked: the code that connects must decide which of them it may use. */
export interface RelayList {
  /** Where the key's own events are (its outbox). */
  readonly write: readonly string[];
  /** Where the key looks for events that are meant for it (its inbox). */
  readonly read: readonly string[];
}

/** At most this number of relays is read from a list; NIP-65 asks for two to four of each. */
const MAX_RELAYS = 16;
const MAX_URL_CHARS = 256;

/** The unsigned event of a list. */
export function relayListTemplate(
  { write, read }: RelayList,
  createdAtS: number,
): EventTemplate {
  const tags = [...new Set([...write, ...read])].map((url) => {
    const both = write.includes(url) && read.includes(url);
    return both ? ["r", url] : ["r", url, write.includes(url) ? "write" : "read"];
  });
  return { kind: RELAY_LIST_KIND, created_at: createdAtS, tags, content: "" };
}

/**
 * Reads a verified list. Tags that are not understood are skipped; null if the event is of another kind.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { parseRelayList, relayListTemplate } from "./relay_list.ts";
 *
 * const list = { write: ["wss://a.example"], read: ["wss://a.example", "wss://b.example"] };
 * const template = relayListTemplate(list, 1);
 * assert.deepEqual(template.tags, [["r", "wss://a.example"], ["r", "wss://b.example", "read"]]);
 * assert.deepEqual(parseRelayList(template), list);
 * ```
 */
export function parseRelayList(
  { kind, tags }: Pick<NostrEvent, "kind" | "tags">,
): RelayList | null {
  if (kind !== RELAY_LIST_KIND) return null;
  const write = new Set<string>();
  const read = new Set<string>();
  for (const [, url = "", marker = ""] of tags.filter(([name]) => name === "r")) {
    if (write.size + read.size >= MAX_RELAYS * 2) break;
    if (!isRelayUrl(url)) continue;
    if (marker === "" || marker === "write") write.add(url);
    if (marker === "" || marker === "read") read.add(url);
  }
  return {
    write: [...write].slice(0, MAX_RELAYS),
    read: [...read].slice(0, MAX_RELAYS),
  };
}

/** Those of the texts that are addresses of relays, each once, at most as many as a list has. They are not checked further. */
export function relayUrls(texts: readonly string[]): string[] {
  return [...new Set(texts.filter(isRelayUrl))].slice(0, MAX_RELAYS);
}

/** Whether a text is an address of a relay that is not too long. */
function isRelayUrl(text: string): boolean {
  return text.length <= MAX_URL_CHARS && /^wss?:\/\/[\x21-\x7e]+$/.test(text) &&
    URL.canParse(text);
}
