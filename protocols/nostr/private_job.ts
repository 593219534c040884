/**
 * Private jobs: a request, its answers and its cancellation leave their author only in gift wraps (NIP-59), each under a key of its own,
 * so that relays and connectors see no more than a size. Inside they are the events that they always are. Pure.
 *
 * ```text
 * request    ["p", provider] ["answers", key]    answers go in wraps for this key, which is not the buyer's own
 * others     ["wrap", reader]                    leaves only in a wrap for this reader
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

/** The key for which answers to a private request are wrapped; null where the request is none. */
export function answersKeyOf(request: Tagged): Pubkey | null {
  return isJobRequestKind(request.kind) ? keyIn(request, "answers") : null;
}

/** The same of the bytes of a request, without reading them where nothing in them could be the tag. */
export function asksPrivately(request: Uint8Array): boolean {
  const text = new TextDecoder().decode(request);
  return text.includes('"answers"') && answersKeyOf(JSON.parse(text) as Tagged) !== null;
}

/** For whom an event must be wrapped before it leaves; null where it may be seen by all. */
export function readerOf(event: Tagged): Pubkey | null {
  if (event.kind === GIFT_WRAP_KIND) return null;
  return answersKeyOf(event) === null ? keyIn(event, "wrap") : keyIn(event, "p");
}

/** The tags with which an answer to this request leaves. */
export function wrapTags(request: Tagged): string[][] {
  const reader = answersKeyOf(request);
  return reader === null ? [] : [["wrap", reader]];
}

function keyIn(event: Tagged, name: string): Pubkey | null {
  const key = event.tags.find((tag) => tag[0] === name)?.[1];
  return isHex(key, 64) ? asPubkey(key) : null;
}

/** What of a wrap is not its content: id, keys, time, tag, signature, and the names of the fields. */
const AROUND_BYTES = 480;
/** Of NIP-44: version, nonce, length and MAC. */
const PAYLOAD_BYTES = 67;

/** Bytes of the event that a text of so many bytes makes, wrapped. */
export function wrappedBytes(textBytes: number): number {
  const power = 2 ** Math.ceil(Math.log2(Math.max(32, textBytes)));
  const step = power <= 256 ? 32 : power / 8;
  const padded = Math.ceil(textBytes / step) * step;
  return AROUND_BYTES + Math.ceil((padded + PAYLOAD_BYTES) / 3) * 4;
}

/** Bytes of the longest text whose wrap takes at most so many. */
export function wrappableBytes(eventBytes: number): number {
  let most = Math.min(MAX_TEXT_BYTES, Math.max(0, Math.floor(eventBytes * 3 / 4)));
  while (most > 0 && wrappedBytes(most) > eventBytes) most -= 32;
  return Math.max(0, most);
}

/** NIP-44 takes no more. */
const MAX_TEXT_BYTES = 65_535;
