/** What anyone can sign: announcements, results and feedback that are right but for one thing. */
import type { NostrEvent, UnsignedEvent } from "../../protocols/nostr/event.ts";
import { resultKindOf } from "../../protocols/nostr/kinds.ts";
import { publicKeyOf, signEvent } from "../../protocols/nostr/sign.ts";
import { announcementTemplate } from "../../market/announcement_events.ts";

/** Keys of everybody; only the buyer's are out of the attacker's hands. */
export const KEYS = {
  buyer: new Uint8Array(32).fill(11),
  buyerPayment: new Uint8Array(32).fill(12),
  relay: new Uint8Array(32).fill(13),
  connector: new Uint8Array(32).fill(14),
  provider: new Uint8Array(32).fill(15),
  stranger: new Uint8Array(32).fill(16),
};

/** Seconds since the epoch. */
export const nowS = () => Math.floor(Date.now() / 1000);

/** An event by anyone. */
export function by(key: Uint8Array, fields: Partial<UnsignedEvent> & { kind: number }): NostrEvent {
  const base = { created_at: nowS(), tags: [], content: "", pubkey: publicKeyOf(key) };
  return signEvent({ ...base, ...fields }, key, new Uint8Array(32));
}

/** A provider's announcement. */
export function announcement(
  key: Uint8Array,
  fields: Partial<Parameters<typeof announcementTemplate>[0]> = {},
  createdAtS = nowS(),
): NostrEvent {
  const template = announcementTemplate({
    prices: [5600, 5601].map((kind) => ({ kind, flatUnits: 1_000n, unitsPerKib: 0n })),
    tags: [],
    platform: "linux/amd64",
    ilpAddress: "test.dev.provider",
    name: "p",
    about: "",
    ...fields,
  }, createdAtS);
  return by(key, template);
}

/** A good result of a request, or one that is changed in one thing. */
export function resultOf(
  request: NostrEvent,
  content: string,
  change: Partial<UnsignedEvent> = {},
  key = KEYS.provider,
): NostrEvent {
  const tags = [["e", request.id], ["p", request.pubkey]];
  return by(key, { kind: resultKindOf(request.kind), tags, content, ...change });
}

/** Feedback on a request. */
export function feedbackOf(
  request: NostrEvent,
  status: string,
  words: string,
  key = KEYS.provider,
  more: string[][] = [],
): NostrEvent {
  const tags = [["status", status, words], ["e", request.id], ["p", request.pubkey], ...more];
  return by(key, { kind: 7000, tags });
}
