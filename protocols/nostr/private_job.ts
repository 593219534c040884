/**
 * Private jobs: a request, its answers and its cancellation are sent only in gift wraps (NIP-59), each signed with its own random key. So
 * relays and connectors see only a size. The wrapped events are the same as in other jobs. Pure.
 *
 * ```text
 * request    ["p", provider] ["answers", key]    answers are wrapped for this key, which is not the buyer's main key
 * others     ["wrap", reader]                    the event is sent only in a wrap for this reader; an order's is its provider
 * ```
 *
 * @see https://github.com/nostr-protocol/nips/blob/master/59.md
 * @see docs/jobs.md#private-jobs
 * @module
 */
import { asPubkey, type EventTemplate, type Pubkey } from "./event.ts";
import { isHex } from "./hex.ts";
import { GIFT_WRAP_KIND, isJobRequestKind } from "./kinds.ts";

type Tagged = Pick<EventTemplate, "kind" | "tags">;

/** The key for which answers to a private request are wrapped; null if the request is not private. */
export function answersKeyOf(request: Tagged): Pubkey | null {
  return isJobRequestKind(request.kind) ? keyIn(request, "answers") : null;
}

/** Whether the JSON bytes of a request are those of a private one. They are parsed only if they can contain the tag. */
export function asksPrivately(request: Uint8Array): boolean {
  const text = new TextDecoder().decode(request);
  return text.includes('"answers"') && answersKeyOf(JSON.parse(text) as Tagged) !== null;
}

/** The key for which an event must be wrapped before it is sent; null if it may be public. */
export function readerOf(event: Tagged): Pubkey | null {
  if (event.kind === GIFT_WRAP_KIND) return null;
  return answersKeyOf(event) === null ? keyIn(event, "wrap") : keyIn(event, "p");
}

/** The additional tags of an order of a private job: its packet is a wrap for the provider. */
export function orderTags(provider: string, isPrivate: boolean): string[][] {
  return isPrivate ? [["wrap", provider]] : [];
}

/** The additional tags of an answer to this request. */
export function wrapTags(request: Tagged): string[][] {
  const reader = answersKeyOf(request);
  return reader === null ? [] : [["wrap", reader]];
}

function keyIn(event: Tagged, name: string): Pubkey | null {
  const key = event.tags.find((tag) => tag[0] === name)?.[1];
  return isHex(key, 64) ? asPubkey(key) : null;
}

/** The bytes of a wrap without its content: id, keys, time, tag, signature, and the names of the fields. */
const AROUND_BYTES = 480;
/** The bytes that NIP-44 adds: version, nonce, length and MAC. */
const PAYLOAD_BYTES = 67;

/** The size of the gift wrap of a text with this many bytes. */
export function wrappedBytes(textBytes: number): number {
  const power = 2 ** Math.ceil(Math.log2(Math.max(32, textBytes)));
  const step = power <= 256 ? 32 : power / 8;
  const padded = Math.ceil(textBytes / step) * step;
  return AROUND_BYTES + Math.ceil((padded + PAYLOAD_BYTES) / 3) * 4;
}

/** The size of the longest text whose gift wrap has at most `eventBytes`. */
export function wrappableBytes(eventBytes: number): number {
  let most = Math.min(MAX_TEXT_BYTES, Math.max(0, Math.floor(eventBytes * 3 / 4)));
  while (most > 0 && wrappedBytes(most) > eventBytes) most -= 32;
  return Math.max(0, most);
}

/** The longest text that NIP-44 encrypts. */
const MAX_TEXT_BYTES = 65_535;
