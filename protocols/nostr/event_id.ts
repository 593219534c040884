/**
 * The id of an event: the SHA-256 of its serialized text. Pure.
 *
 * @module
 */
import { sha256Hex } from "../sha256.ts";
import type { EventId, NostrEvent, UnsignedEvent } from "./event.ts";

/**
 * The text whose SHA-256 is the event id: `[0,pubkey,created_at,kind,tags,content]` without white space.
 *
 * NIP-01 escapes only `\n \r \t \b \f " \\`, and requires all other characters verbatim. Signers in use (JSON.stringify, serde, go-nostr)
 * write the other control characters as `\u00xx` instead. We sign with that form, `escaped`. `verbatim` is the form of the NIP, and {@link
 * hasOwnId} accepts both. Two different events never have the same text, also not in different forms.
 *
 * @see https://github.com/nostr-protocol/nips/blob/master/01.md#events-and-signatures
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { asPubkey } from "./event.ts";
 * import { serializeEvent } from "./event_id.ts";
 *
 * const pubkey = asPubkey("b".repeat(64));
 * const text = serializeEvent({ pubkey, created_at: 1, kind: 1, tags: [["t", "a"]], content: "x\ny" });
 * assert.equal(text, `[0,"${pubkey}",1,1,[["t","a"]],"x\\ny"]`);
 * ```
 */
export function serializeEvent(
  event: UnsignedEvent,
  controls: "escaped" | "verbatim" = "escaped",
): string {
  const text = JSON.stringify([
    0,
    event.pubkey,
    event.created_at,
    event.kind,
    event.tags,
    event.content,
  ]);
  return controls === "escaped" ? text : text.replace(ESCAPED_CONTROL, unescapeControl);
}

/**
 * Computes the id of an event: SHA-256 over {@link serializeEvent}, in lowercase hex.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { asPubkey } from "./event.ts";
 * import { eventId } from "./event_id.ts";
 *
 * const pubkey = asPubkey("b".repeat(64));
 * const id = eventId({ pubkey, created_at: 1, kind: 1, tags: [], content: "gm" });
 * assert.equal(id, eventId({ content: "gm", tags: [], kind: 1, created_at: 1, pubkey }));
 * ```
 */
export function eventId(event: UnsignedEvent): EventId {
  return hashOf(serializeEvent(event));
}

/** Whether the event has the id that is recomputed from its fields, in one of the two forms of {@link serializeEvent}. */
export function hasOwnId(event: NostrEvent): boolean {
  const text = serializeEvent(event);
  if (hashOf(text) === event.id) return true;
  if (!text.includes("\\u00")) return false;
  const verbatim = text.replace(ESCAPED_CONTROL, unescapeControl);
  return verbatim !== text && hashOf(verbatim) === event.id;
}

function hashOf(text: string): EventId {
  return sha256Hex(text) as EventId;
}

const ESCAPED_CONTROL = /\\(?:u(00[01][0-9a-f])|.)/g;

function unescapeControl(escape: string, hex: string | undefined): string {
  return hex === undefined ? escape : String.fromCharCode(parseInt(hex, 16));
}
