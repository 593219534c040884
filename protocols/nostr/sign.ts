/**
 * Signs events with BIP-340. Secret key and auxiliary randomness are arguments. Pure.
 *
 * @see https://github.com/bitcoin/bips/blob/master/bip-0340.mediawiki
 * @module
 */
import { type NostrEvent, parseUnsignedEvent, type Pubkey, type UnsignedEvent } from "./event.ts";
import { eventId } from "./event_id.ts";
import { EventError } from "./event_error.ts";
import { isSchnorrOf, publicPoint, signSchnorr } from "../secp256k1/curve.ts";
import { bytesToHex, hexToBytes } from "./hex.ts";

/**
 * Checks the fields, computes the id and signs it. The signature is verified before it is returned.
 *
 * @param secretKey 32 bytes. Its public key must be the event's pubkey.
 * @param aux 32 random bytes. Zeros make the signature deterministic; only fixtures should use them.
 * @throws {EventError} `bad_pubkey` if the key is not the author's, or the code of a malformed field.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { publicKeyOf, signEvent } from "./sign.ts";
 *
 * const key = new Uint8Array(32).fill(7);
 * const unsigned = { pubkey: publicKeyOf(key), kind: 1, created_at: 1, tags: [], content: "gm" };
 * const aux = crypto.getRandomValues(new Uint8Array(32));
 * assert.equal(signEvent(unsigned, key, aux).sig.length, 128);
 * const other = new Uint8Array(32).fill(8);
 * assert.throws(() => signEvent(unsigned, other, aux), { code: "bad_pubkey" });
 * ```
 */
export function signEvent(
  unsigned: UnsignedEvent,
  secretKey: Uint8Array,
  aux: Uint8Array,
): NostrEvent {
  const event = parseUnsignedEvent(unsigned);
  if (publicKeyOf(secretKey) !== event.pubkey) {
    throw new EventError("bad_pubkey", "pubkey must be that of the signing key");
  }
  const id = eventId(event);
  return {
    id,
    pubkey: event.pubkey,
    created_at: event.created_at,
    kind: event.kind,
    tags: event.tags,
    content: event.content,
    sig: bytesToHex(signMessage(hexToBytes(id), secretKey, aux)),
  };
}

/**
 * Signs 32 bytes. The signature is verified before it is returned, as BIP-340 recommends.
 *
 * @throws {RangeError} if the key is invalid, or the new signature does not verify
 */
export function signMessage(
  message: Uint8Array,
  secretKey: Uint8Array,
  aux: Uint8Array,
): Uint8Array {
  const signature = signSchnorr(message, secretKey, aux);
  if (signature !== null && isSchnorrOf(message, pointOf(secretKey).subarray(0, 32), signature)) {
    return signature;
  }
  throw new RangeError(
    "the signature cannot be made: the key, the message or the randomness is invalid",
  );
}

/**
 * The x-only public key of a secret key of 32 bytes. Throws RangeError if the key is zero or not below the curve's order.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { publicKeyOf } from "./sign.ts";
 *
 * const one = new Uint8Array(32).with(31, 1);
 * assert.equal(
 *   publicKeyOf(one),
 *   "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798",
 * );
 * ```
 */
export function publicKeyOf(secretKey: Uint8Array): Pubkey {
  return bytesToHex(pointOf(secretKey).subarray(0, 32)) as Pubkey;
}

function pointOf(secretKey: Uint8Array): Uint8Array {
  const point = publicPoint(secretKey);
  if (point !== null) return point;
  throw new RangeError("secret key must be 32 bytes within the group's order");
}
