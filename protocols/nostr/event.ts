/**
 * Nostr events as NIP-01 defines them: shapes, ids and their checks. Pure.
 *
 * @see https://github.com/nostr-protocol/nips/blob/master/01.md
 * @module
 */
import { hash } from "node:crypto";
import { isHex } from "./hex.ts";

/**
 * 64 lowercase hex digits, a SHA-256 event id, made only by a function that checked or computed it.
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
 * 64 lowercase hex digits, an x-only secp256k1 public key.
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
 * What an author writes before the key is known.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { asPubkey, eventId, type EventTemplate } from "./event.ts";
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
  /** Any text; what it means is the kind's matter. */
  readonly content: string;
}

/**
 * A template with its author: everything the id is made of.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { asPubkey, eventId, type UnsignedEvent } from "./event.ts";
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
 * A whole NIP-01 event. Having the type says nothing about the signature: that is {@link VerifiedEvent}.
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
 * The text whose SHA-256 is the event id: `[0,pubkey,created_at,kind,tags,content]` without white space.
 *
 * NIP-01 escapes `\n \r \t \b \f " \\` and says that everything else goes verbatim. Signers in use (JSON.stringify, serde,
 * go-nostr) nevertheless write the other control characters as `\u00xx`, so `escaped` is what we sign with; `verbatim` is
 * the letter of the NIP, and {@link hasOwnId} takes either. No two events share a text, in one form or across both.
 *
 * @see https://github.com/nostr-protocol/nips/blob/master/01.md#events-and-signatures
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { asPubkey, serializeEvent } from "./event.ts";
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
 * import { asPubkey, eventId } from "./event.ts";
 *
 * const pubkey = asPubkey("b".repeat(64));
 * const id = eventId({ pubkey, created_at: 1, kind: 1, tags: [], content: "gm" });
 * assert.equal(id, eventId({ content: "gm", tags: [], kind: 1, created_at: 1, pubkey }));
 * ```
 */
export function eventId(event: UnsignedEvent): EventId {
  return hashOf(serializeEvent(event));
}

/** Recomputes the id, in both forms of {@link serializeEvent}, and compares. A peer's word for an id is never taken. */
export function hasOwnId(event: NostrEvent): boolean {
  const text = serializeEvent(event);
  if (hashOf(text) === event.id) return true;
  if (!text.includes("\\u00")) return false;
  const verbatim = text.replace(ESCAPED_CONTROL, unescapeControl);
  return verbatim !== text && hashOf(verbatim) === event.id;
}

/**
 * Checks that `value` has the seven fields of an event, each of its type and range, and gives a fresh object of exactly
 * these. Other fields are dropped; neither id nor signature is verified. Strings with lone surrogates are refused, for they
 * have no UTF-8 and so no id.
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

/** As {@link parseEvent}, for an event that has neither id nor signature yet. */
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

/** A checked public key. Throws {@link EventError} `bad_pubkey` unless it is 64 lowercase hex digits. */
export function asPubkey(value: unknown): Pubkey {
  if (!isHex(value, 64)) throw fault("bad_pubkey", "pubkey must be 64 lowercase hex digits", value);
  return value as Pubkey;
}

/** A checked event id. Throws {@link EventError} `bad_id` unless it is 64 lowercase hex digits. */
export function asEventId(value: unknown): EventId {
  if (!isHex(value, 64)) throw fault("bad_id", "id must be 64 lowercase hex digits", value);
  return value as EventId;
}

/** The value of the first tag of that name, or undefined when there is none or it has no value. */
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

function fault(code: EventErrorCode, rule: string, value: unknown): EventError {
  return new EventError(code, `${rule} (got ${described(value)})`);
}

function described(value: unknown): string {
  if (typeof value === "string") return `${value.length} characters`;
  if (typeof value === "number") return String(value);
  if (Array.isArray(value)) return "an array";
  return value === null ? "null" : value === undefined ? "nothing" : `a ${typeof value}`;
}

function hashOf(text: string): EventId {
  return hash("sha256", text, "hex") as EventId;
}

const ESCAPED_CONTROL = /\\(?:u(00[01][0-9a-f])|.)/g;

function unescapeControl(escape: string, hex: string | undefined): string {
  return hex === undefined ? escape : String.fromCharCode(parseInt(hex, 16));
}

/**
 * Which field of an event is at fault.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { EventError, type EventErrorCode, parseEvent } from "./event.ts";
 *
 * const codes: EventErrorCode[] = [];
 * for (const value of [null, {}]) {
 *   try {
 *     parseEvent(value);
 *   } catch (error) {
 *     if (error instanceof EventError) codes.push(error.code);
 *   }
 * }
 * assert.deepEqual(codes, ["not_an_object", "bad_pubkey"]);
 * ```
 */
export type EventErrorCode =
  | "not_an_object"
  | "bad_id"
  | "bad_pubkey"
  | "bad_kind"
  | "bad_created_at"
  | "bad_tags"
  | "bad_content"
  | "bad_sig";

/**
 * Something that is not a well-formed event. The message names the field and never quotes content.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { EventError, parseEvent } from "./event.ts";
 *
 * assert.throws(() => parseEvent({ pubkey: "x" }), EventError);
 * ```
 */
export class EventError extends Error {
  /** The class, for errors that crossed a port. */
  override readonly name = "EventError";
  /** What is wrong, stable. */
  readonly code: EventErrorCode;
  /** Makes an error about one field. */
  constructor(code: EventErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
