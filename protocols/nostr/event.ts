/**
 * The types of Nostr events (NIP-01), and their checks. Pure.
 *
 * @see https://github.com/nostr-protocol/nips/blob/master/01.md
 * @module
 */
import { isHex } from "./hex.ts";
import { EventError, type EventErrorCode, fault } from "./event_error.ts";

/**
 * A SHA-256 event id: 64 lowercase hex digits. Only a function that checked or computed the id makes this type.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { asEventId, type EventId } from "./event.ts";
 *
 * const id: EventId = asEventId("a".repeat(64));
 * assert.equal(id.length, 64);
 * assert.throws(() => asEventId("A".repeat(64)), { code: "bad_id" });
 * ```
 */
export type EventId = string & { readonly __eventId: unique symbol };

/**
 * An x-only secp256k1 public key: 64 lowercase hex digits.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { asPubkey, type Pubkey } from "./event.ts";
 *
 * const author: Pubkey = asPubkey("b".repeat(64));
 * assert.equal(author.length, 64);
 * assert.throws(() => asPubkey("npub1"), { code: "bad_pubkey" });
 * ```
 */
export type Pubkey = string & { readonly __pubkey: unique symbol };

/**
 * An event before its author's key is known.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { asPubkey, type EventTemplate } from "./event.ts";
 * import { eventId } from "./event_id.ts";
 *
 * const template: EventTemplate = { kind: 1, created_at: 1, tags: [["t", "ilp"]], content: "gm" };
 * assert.equal(eventId({ ...template, pubkey: asPubkey("b".repeat(64)) }).length, 64);
 * ```
 */
export interface EventTemplate {
  /** 0 to 65,535. */
  readonly kind: number;
  /** Seconds since the epoch. */
  readonly created_at: number;
  /** Each tag is its name, then its values. */
  readonly tags: readonly (readonly string[])[];
  /** Any text. Its meaning depends on the kind. */
  readonly content: string;
}

/**
 * A template with its author: all fields from which the id is computed.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { asPubkey, type UnsignedEvent } from "./event.ts";
 * import { eventId } from "./event_id.ts";
 *
 * const pubkey = asPubkey("b".repeat(64));
 * const unsigned: UnsignedEvent = { pubkey, kind: 1, created_at: 1, tags: [], content: "gm" };
 * assert.notEqual(eventId(unsigned), eventId({ ...unsigned, content: "gn" }));
 * ```
 */
export interface UnsignedEvent extends EventTemplate {
  /** The author. */
  readonly pubkey: Pubkey;
}

/**
 * A complete NIP-01 event. Its signature may be invalid; {@link VerifiedEvent} is an event with a checked signature.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { type NostrEvent } from "./event.ts";
 * import { publicKeyOf, signEvent } from "./sign.ts";
 *
 * const key = new Uint8Array(32).fill(7);
 * const unsigned = { pubkey: publicKeyOf(key), kind: 1, created_at: 1, tags: [], content: "gm" };
 * const event: NostrEvent = signEvent(unsigned, key, new Uint8Array(32));
 * assert.equal(event.sig.length, 128);
 * ```
 */
export interface NostrEvent extends UnsignedEvent {
  /** SHA-256 of {@link serializeEvent}. */
  readonly id: EventId;
  /** BIP-340 signature over the id, 128 lowercase hex digits. */
  readonly sig: string;
}

/**
 * An event whose id was recomputed and whose signature was checked in this process.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { type VerifiedEvent } from "./event.ts";
 * import { publicKeyOf, signEvent } from "./sign.ts";
 * import { createVerifier } from "./verifier.ts";
 *
 * const key = new Uint8Array(32).fill(7);
 * const unsigned = { pubkey: publicKeyOf(key), kind: 1, created_at: 1, tags: [], content: "gm" };
 * const event = signEvent(unsigned, key, new Uint8Array(32));
 * const author = (event: VerifiedEvent) => event.pubkey;
 * const { isVerified } = await createVerifier();
 * assert.ok(isVerified(event));
 * assert.equal(author(event), publicKeyOf(key));
 * ```
 */
export type VerifiedEvent = NostrEvent & { readonly __verified: unique symbol };

/** The highest kind that NIP-01 allows. */
export const MAX_KIND = 65_535;

/**
 * Checks that `value` has the seven fields of an event, each with the right type and range, and returns a new object with exactly these
 * fields. Other fields are dropped. Neither id nor signature is verified. Strings with lone surrogates are refused, because they have no
 * UTF-8 form, and so the event would have no id.
 *
 * @throws {EventError} naming the field.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { parseEvent } from "./event.ts";
 * import { publicKeyOf, signEvent } from "./sign.ts";
 *
 * const key = new Uint8Array(32).fill(7);
 * const unsigned = { pubkey: publicKeyOf(key), kind: 1, created_at: 1, tags: [], content: "gm" };
 * const event = signEvent(unsigned, key, new Uint8Array(32));
 * assert.deepEqual(parseEvent({ ...event, note: "dropped" }), event);
 * assert.throws(() => parseEvent({ ...event, kind: -1 }), { code: "bad_kind" });
 * ```
 */
export function parseEvent(value: unknown): NostrEvent {
  const unsigned = parseUnsignedEvent(value);
  const { id, sig } = value as Record<string, unknown>;
  if (!isHex(sig, 128)) throw fault("bad_sig", "sig must be 128 lowercase hex digits", sig);
  return {
    id: asEventId(id),
    pubkey: unsigned.pubkey,
    created_at: unsigned.created_at,
    kind: unsigned.kind,
    tags: unsigned.tags,
    content: unsigned.content,
    sig,
  };
}

/** The same as {@link parseEvent}, for an event without id and signature. */
export function parseUnsignedEvent(value: unknown): UnsignedEvent {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw fault("not_an_object", "an event must be an object", value);
  }
  const { pubkey, kind, created_at, tags, content } = value as Record<string, unknown>;
  return {
    pubkey: asPubkey(pubkey),
    kind: integer(kind, "bad_kind", "kind", MAX_KIND),
    created_at: integer(created_at, "bad_created_at", "created_at", Number.MAX_SAFE_INTEGER),
    tags: parseTags(tags),
    content: text(content, "bad_content", "content"),
  };
}

/** Checks a public key. Throws {@link EventError} `bad_pubkey` unless it is 64 lowercase hex digits. */
export function asPubkey(value: unknown): Pubkey {
  if (!isHex(value, 64)) throw fault("bad_pubkey", "pubkey must be 64 lowercase hex digits", value);
  return value as Pubkey;
}

/** Checks an event id. Throws {@link EventError} `bad_id` unless it is 64 lowercase hex digits. */
export function asEventId(value: unknown): EventId {
  if (!isHex(value, 64)) throw fault("bad_id", "id must be 64 lowercase hex digits", value);
  return value as EventId;
}

/** The value of the first tag with this name, or undefined if there is none or it has no value. */
export function tagValue(event: EventTemplate, name: string): string | undefined {
  return event.tags.find((tag) => tag[0] === name)?.[1];
}

function parseTags(value: unknown): readonly (readonly string[])[] {
  if (!Array.isArray(value)) throw fault("bad_tags", "tags must be an array", value);
  return value.map((tag, at) => {
    if (!Array.isArray(tag)) throw fault("bad_tags", `tags[${at}] must be an array`, tag);
    return tag.map((item, index) => text(item, "bad_tags", `tags[${at}][${index}]`));
  });
}

function text(value: unknown, code: EventErrorCode, name: string): string {
  if (typeof value !== "string") throw fault(code, `${name} must be a string`, value);
  if (!value.isWellFormed()) throw new EventError(code, `${name} must not hold a lone surrogate`);
  return value;
}

function integer(value: unknown, code: EventErrorCode, name: string, max: number): number {
  if (typeof value !== "number" || !Number.isInteger(value) || value < 0 || value > max) {
    throw fault(code, `${name} must be an integer from 0 to ${max}`, value);
  }
  return value === 0 ? 0 : value;
}
