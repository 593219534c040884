/**
 * A sealed result, which is paid on delivery. Its content and the tags of the skill are encrypted with a new key, and the buyer pays for
 * that key. The provider signs the hashes of key and plain text with the result. So everybody can verify that a provider sold a key that
 * does not open its result.
 *
 * ```text
 * kind 6xxx  ["e", request] ["p", buyer] ["amount", "20306", "units"]     the price of the key
 *            ["sealed","aes-256-gcm"] ["condition", SHA256 of the key] ["commitment", SHA256 of the plain text]
 *            content: base64 of nonce (12 bytes) | cipher text | tag (16 bytes)
 * plain text {"salt":HEX,"content":"...","tags":[...]} and spaces up to a multiple of 256 bytes
 * order      kind 25603  ["e", request] ["p", provider] ["condition", SHA256]   signed by the buyer; the data of the payment
 *            ["late","yes"]                                                     if the buyer's job has ended
 * ```
 *
 * Pure.
 *
 * @see docs/money.md#on-delivery
 * @module
 */
import { gcm } from "@noble/ciphers/aes.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { parseStrictJson } from "../json/strict_json.ts";
import type { EventTemplate, NostrEvent } from "./event.ts";
import { DELIVERY_ORDER_KIND } from "./kinds.ts";
import { orderTags } from "./private_job.ts";

/** A result before it is sealed, and after it is opened. */
interface OpenResult {
  readonly content: string;
  readonly tags: readonly (readonly string[])[];
}

/** Random bytes, new for each result: 32 bytes of salt, and 12 of nonce. */
interface SealRandom {
  readonly salt: Uint8Array;
  readonly nonce: Uint8Array;
}

/** The public fields of a sealed result. */
interface SealedResult {
  /** SHA-256 of the key, hex. */
  readonly condition: string;
  /** SHA-256 of the plain text, hex. */
  readonly commitment: string;
  readonly bytes: Uint8Array;
}

const CIPHER = "aes-256-gcm";
const NONCE_BYTES = 12;
const SEAL_BYTES = NONCE_BYTES + 16;
const PAD_BYTES = 256;
/** Bytes reserved in the plain text for salt, field names and the tags of the skill. */
const BESIDE_BYTES = 384;
const MAX_TAGS = 64;
/** The additional tags of a sealed result. */
export const SEAL_TAGS: readonly string[] = ["sealed", "condition", "commitment"];

/** Whether a result is paid on delivery. */
export function isSealed({ tags }: Pick<NostrEvent, "tags">): boolean {
  return tags.some(([name]) => name === "sealed");
}

/** The most bytes of content, in its JSON form, that fit into a sealed content of this size. */
export function maxOpenBytes(sealedBytes: number): number {
  const plain = Math.floor(sealedBytes / 4) * 3 - SEAL_BYTES;
  return Math.max(0, plain - plain % PAD_BYTES - BESIDE_BYTES);
}

/** Seals a result. Returns content and tags of the sealed result. Lone surrogates are replaced, and at most `MAX_TAGS` tags are kept. */
export function sealResult(
  { content, tags }: OpenResult,
  key: Uint8Array,
  { salt, nonce }: SealRandom,
): OpenResult {
  const text = JSON.stringify({
    salt: salt.toHex(),
    content: content.toWellFormed(),
    tags: tags.slice(0, MAX_TAGS).map((tag) => tag.map((each) => each.toWellFormed())),
  });
  const json = new TextEncoder().encode(text);
  const plain = new Uint8Array(Math.ceil(json.length / PAD_BYTES) * PAD_BYTES).fill(0x20);
  plain.set(json);
  const cipherText = gcm(key, nonce).encrypt(plain);
  const bytes = new Uint8Array(NONCE_BYTES + cipherText.length);
  bytes.set(nonce);
  bytes.set(cipherText, NONCE_BYTES);
  return {
    content: bytes.toBase64(),
    tags: [
      ["sealed", CIPHER],
      ["condition", sha256(key).toHex()],
      ["commitment", sha256(plain).toHex()],
    ],
  };
}

/** Reads the public fields. Throws {@link SealedError} `malformed`. */
export function readSealed({ tags, content }: Pick<NostrEvent, "tags" | "content">): SealedResult {
  const one = (name: string): string => {
    const found = tags.filter((tag) => tag[0] === name);
    if (found.length !== 1) throw malformed(`it must have one ${name} tag`);
    return found[0][1] ?? "";
  };
  if (one("sealed") !== CIPHER) throw malformed("its cipher is not known");
  const [condition, commitment] = ["condition", "commitment"].map((name) => {
    const hash = one(name);
    if (!/^[0-9a-f]{64}$/.test(hash)) throw malformed(`its ${name} is not a hash`);
    return hash;
  });
  let bytes: Uint8Array;
  try {
    bytes = Uint8Array.fromBase64(content, { lastChunkHandling: "strict" });
  } catch (cause) {
    throw malformed("its content is not base64", { cause });
  }
  const plainBytes = bytes.length - SEAL_BYTES;
  if (plainBytes < PAD_BYTES || plainBytes % PAD_BYTES !== 0) {
    throw malformed("its content has a wrong size");
  }
  return { condition, commitment, bytes };
}

/**
 * Opens a sealed result. Throws {@link SealedError}: `other_key` if the result names another key, `broken` if the right key does not open
 * it.
 */
function openSealed(
  event: Pick<NostrEvent, "tags" | "content">,
  key: Uint8Array,
): OpenResult {
  const { condition, commitment, bytes } = readSealed(event);
  if (sha256(key).toHex() !== condition) {
    throw new SealedError("other_key", "the key is not the one that the result names");
  }
  let plain: Uint8Array;
  try {
    plain = gcm(key, bytes.subarray(0, NONCE_BYTES)).decrypt(bytes.subarray(NONCE_BYTES));
  } catch (cause) {
    throw broken("it does not decrypt the content", { cause });
  }
  if (sha256(plain).toHex() !== commitment) {
    throw broken("the plain text does not match its commitment");
  }
  let value: unknown;
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(plain).trimEnd();
    // The event's own size limits the plain text.
    value = parseStrictJson(text, { maxBytes: plain.length });
  } catch (cause) {
    throw broken("the plain text is not JSON", { cause });
  }
  const { content, tags } = (value ?? {}) as Partial<Record<string, unknown>>;
  if (typeof content !== "string" || !isTags(tags)) throw broken("the plain text is not a result");
  return { content, tags };
}

/** The opened result, in the form of an unsealed one. It keeps the id and signature of the sealed event, which prove its origin. */
export function openedEvent(event: NostrEvent, key: Uint8Array): NostrEvent {
  const { content, tags } = openSealed(event, key);
  const kept = event.tags.filter(([name]) => !SEAL_TAGS.includes(name ?? ""));
  return { ...event, content, tags: [...kept, ...tags] };
}

function isTags(value: unknown): value is string[][] {
  return Array.isArray(value) && value.length <= MAX_TAGS &&
    value.every((tag) => Array.isArray(tag) && tag.every((each) => typeof each === "string"));
}

/** A buyer's order of a key. */
interface DeliveryOrder {
  readonly requestId: string;
  readonly provider: string;
  readonly condition: string;
}

/** How a key is ordered. */
interface OrderOptions {
  /** Whether the order is sent in a gift wrap, as those of a private job. */
  readonly isPrivate?: boolean;
  /** Whether the buyer pays although its job has ended without the result. */
  readonly isLate?: boolean;
}

/** Whether an order is paid although the buyer's job has ended. */
export function isLateOrder({ tags }: Pick<NostrEvent, "tags">): boolean {
  return tags.some(([name]) => name === "late");
}

/** The order of the key, for its buyer to sign. */
export function deliveryOrder(
  { requestId, provider, condition }: DeliveryOrder,
  createdAtS: number,
  { isPrivate = false, isLate = false }: OrderOptions = {},
): EventTemplate {
  return {
    kind: DELIVERY_ORDER_KIND,
    created_at: createdAtS,
    tags: [
      ["e", requestId],
      ["p", provider],
      ["condition", condition],
      ...orderTags(provider, isPrivate),
      ...isLate ? [["late", "yes"]] : [],
    ],
    content: "",
  };
}

/** The obligation of the payment for the key to a request's result. */
export function deliveryObligation(requestId: string): string {
  return `delivery:${requestId}`;
}

/** Reads an order whose signature was verified. Throws {@link SealedError} `malformed`. */
export function readDeliveryOrder({ kind, tags }: NostrEvent): DeliveryOrder {
  if (kind !== DELIVERY_ORDER_KIND) {
    throw malformed(`an order must have kind ${DELIVERY_ORDER_KIND}`);
  }
  const [requestId, provider, condition] = ["e", "p", "condition"].map((name) => {
    const found = tags.filter((tag) => tag[0] === name);
    const [, hex = ""] = found[0] ?? [];
    if (found.length === 1 && /^[0-9a-f]{64}$/.test(hex)) return hex;
    throw malformed(`an order must name one ${name}`);
  });
  return { requestId, provider, condition };
}

function malformed(why: string, options: ErrorOptions = {}): SealedError {
  return new SealedError("malformed", `Cannot read the sealed result: ${why}`, options);
}

function broken(why: string, options: ErrorOptions = {}): SealedError {
  return new SealedError("broken", `the key does not open the result: ${why}`, options);
}

/** The sealed result cannot be read or opened. */
export class SealedError extends Error {
  /** The class, for errors that crossed a port. */
  override readonly name = "SealedError";
  /** The stable code. */
  readonly code: "malformed" | "other_key" | "broken";
  /** Makes an error with its code. */
  constructor(code: SealedError["code"], message: string, options: ErrorOptions = {}) {
    super(message, options);
    this.code = code;
  }
}
