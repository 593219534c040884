/**
 * How a relay keeps an event, by its kind and tags (NIP-01, NIP-09, NIP-40).
 *
 * @module
 */
import type { NostrEvent } from "../../protocols/nostr/event.ts";

/** How events of a kind are kept. */
type EventClass = "regular" | "replaceable" | "ephemeral" | "addressable";

/** Up to this number, {@link indexedTags} compares tags with each other. */
const FEW_TAGS = 16;

/** The class of a kind (NIP-01). */
export function classOfKind(kind: number): EventClass {
  if (kind === 0 || kind === 3 || (kind >= 10_000 && kind < 20_000)) return "replaceable";
  if (kind >= 20_000 && kind < 30_000) return "ephemeral";
  if (kind >= 30_000 && kind < 40_000) return "addressable";
  return "regular";
}

/** The address `kind:pubkey:d` of a replaceable or addressable event. Of each address, only the newest event is kept. Null for others. */
export function addressOf(event: NostrEvent): string | null {
  const kindClass = classOfKind(event.kind);
  if (kindClass === "replaceable") return `${event.kind}:${event.pubkey}:`;
  if (kindClass !== "addressable") return null;
  return `${event.kind}:${event.pubkey}:${firstValue(event, "d") ?? ""}`;
}

/** When the event expires, in seconds since the epoch (NIP-40). Null if it has no valid `expiration` tag: then it never expires. */
export function expirationOf(event: NostrEvent): number | null {
  const text = firstValue(event, "expiration");
  return text !== null && /^\d{1,12}$/.test(text) ? Number(text) : null;
}

/** What a deletion request names: event ids, and addresses of its own author. */
export function deletionTargets(event: NostrEvent): { ids: string[]; addresses: string[] } {
  const ids: string[] = [];
  const addresses: string[] = [];
  for (const [name, value] of event.tags) {
    if (name === "e" && value !== undefined && /^[0-9a-f]{64}$/.test(value)) ids.push(value);
    if (name === "a" && value !== undefined && value.split(":")[1] === event.pubkey) {
      addresses.push(value);
    }
  }
  return { ids, addresses };
}

/** The single-letter tags by which filters find an event, each pair once. */
export function indexedTags(event: NostrEvent): [name: string, value: string][] {
  const found: [string, string][] = [];
  // Comparing is faster than a set for the few tags of most events.
  const seen = event.tags.length > FEW_TAGS ? new Set<string>() : null;
  for (const { 0: name, 1: value } of event.tags) {
    if (name === undefined || value === undefined || !isLetter(name)) continue;
    const isRepeated = seen === null
      ? found.some((tag) => tag[1] === value && tag[0] === name)
      : seen.has(name + value);
    if (isRepeated) continue;
    seen?.add(name + value);
    found.push([name, value]);
  }
  return found;
}

function isLetter(name: string): boolean {
  const lower = name.charCodeAt(0) | 0x20;
  return name.length === 1 && lower >= 0x61 && lower <= 0x7a;
}

function firstValue(event: NostrEvent, name: string): string | null {
  return event.tags.find((tag) => tag[0] === name)?.[1] ?? null;
}
