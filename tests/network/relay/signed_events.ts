/** Real events with real signatures, for tests of the relay. */
import type { NostrEvent } from "../../../protocols/nostr/event.ts";
import { publicKeyOf, signEvent } from "../../../protocols/nostr/sign.ts";

/** A key that differs by number. */
export function key(n: number): Uint8Array {
  return new Uint8Array(32).fill(n);
}

/** An event of author `n`. */
export function event(
  fields: { kind?: number; created_at?: number; tags?: string[][]; content?: string } = {},
  author = 1,
): NostrEvent {
  const secret = key(author);
  return signEvent(
    {
      pubkey: publicKeyOf(secret),
      kind: 1,
      created_at: Math.floor(Date.now() / 1_000),
      tags: [],
      content: "",
      ...fields,
    },
    secret,
    new Uint8Array(32),
  );
}

/** The JSON bytes of a value. */
export function json(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}
