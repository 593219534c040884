/**
 * Conditions and fulfilments (both 32 bytes), and who can make them on each wire.
 *
 * @see https://interledger.org/developers/rfcs/interledger-protocol/
 * @module
 */
import { hmac } from "@noble/hashes/hmac.js";
import { sha256 as nobleSha256 } from "@noble/hashes/sha2.js";
import { sha256 } from "../sha256.ts";

/**
 * The condition of `fulfilment`: its SHA-256.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { conditionOf } from "./condition.ts";
 *
 * const condition = conditionOf(new Uint8Array(32));
 * assert.equal(condition.toHex().slice(0, 8), "66687aad");
 * ```
 */
export function conditionOf(fulfilment: Uint8Array): Uint8Array {
  return sha256(fulfilment);
}

/**
 * Whether `fulfilment` is the preimage of `condition`. Both are public at this point, so the comparison need not take constant time.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { conditionOf, fulfils } from "./condition.ts";
 *
 * const fulfilment = new Uint8Array(32).fill(7);
 * assert.ok(fulfils(fulfilment, conditionOf(fulfilment)));
 * assert.ok(!fulfils(new Uint8Array(32), conditionOf(fulfilment)));
 * ```
 */
export function fulfils(fulfilment: Uint8Array, condition: Uint8Array): boolean {
  if (fulfilment.length !== 32 || condition.length !== 32) return false;
  const expected = conditionOf(fulfilment);
  return expected.every((byte, at) => byte === condition[at]);
}

/** SHA-256 of a PREPARE's data. */
export function dataSha256(data: Uint8Array): Uint8Array {
  return sha256(data);
}

/**
 * The fulfilment on the `interledger` wire: HMAC-SHA256(NIP-44 conversation key of sender and terminal, SHA-256(data)). Only these two can
 * make it, so a hop cannot keep the money and claim that it delivered the packet.
 */
export function sharedFulfilment(
  conversationKey: Uint8Array,
  sha256OfData: Uint8Array,
): Uint8Array {
  return hmac(nobleSha256, conversationKey, sha256OfData);
}

/** The content's fulfilment, if it is the preimage of this condition; otherwise null. */
export function contentOpening(data: Uint8Array, condition: Uint8Array): Uint8Array | null {
  const fulfilment = contentFulfilment(data);
  return fulfils(fulfilment, condition) ? fulfilment : null;
}

/**
 * The fulfilment on the `crosstown` wire: SHA-256(data). Every hop can make it, so a write counts only after it was read back.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { conditionOf, contentFulfilment, fulfils } from "./condition.ts";
 *
 * const data = new TextEncoder().encode("kind: 1");
 * const condition = conditionOf(contentFulfilment(data));
 * assert.ok(fulfils(contentFulfilment(data), condition));
 * ```
 */
export function contentFulfilment(data: Uint8Array): Uint8Array {
  return sha256(data);
}
