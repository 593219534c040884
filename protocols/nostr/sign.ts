/**
 * Signing of events under BIP-340. The secret key and the auxiliary randomness are arguments. Pure.
 *
 * @see https://github.com/bitcoin/bips/blob/master/bip-0340.mediawiki
 * @module
 */
import { schnorr } from "@noble/curves/secp256k1.js";
import {
  EventError,
  eventId,
  type NostrEvent,
  parseUnsignedEvent,
  type Pubkey,
  type UnsignedEvent,
} from "./event.ts";
import { bytesToHex, hexToBytes } from "./hex.ts";

/**
 * Checks the fields, computes the id and signs it. The signature is verified before it is given back.
 *
 * @param secretKey 32 bytes, whose public key must be the event's pubkey.
 * @param aux 32 bytes of randomness; zeros make the signature deterministic, which only fixtures should want.
 * @throws {EventError} `bad_pubkey` when the key is not the author's, or the code of a malformed field.
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
  // schnorr.sign verifies what it made, as BIP-340 advises, and throws where that fails.
  const signature = schnorr.sign(hexToBytes(id), secretKey, aux);
  return {
    id,
    pubkey: event.pubkey,
    created_at: event.created_at,
    kind: event.kind,
    tags: event.tags,
    content: event.content,
    sig: bytesToHex(signature),
  };
}

/** The x-only public key of a secret key of 32 bytes. Throws when the key is zero or not below the curve's order. */
export function publicKeyOf(secretKey: Uint8Array): Pubkey {
  return bytesToHex(schnorr.getPublicKey(secretKey)) as Pubkey;
}
