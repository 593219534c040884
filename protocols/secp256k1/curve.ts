/**
 * The curve of Ethereum and Nostr, Keccak-256 and HMAC: calls libsecp256k1 0.5.0, which curve/build.ts compiled to WebAssembly. Each
 * process or worker has one instance, made when the module is loaded. All calls are synchronous, so they share one buffer. Secrets are
 * wiped from it before a call returns.
 *
 * @module
 */
import * as wasm from "./curve.wasm";

/** The most entries of one {@link allRecoverTo}. */
export const MAX_BATCH = 64;
const ENTRY_BYTES = 113;
/** The most signatures of one {@link allSchnorr}. */
export const MAX_SCHNORR_BATCH = 64;
/** The bytes of message, public key and signature. */
export const SCHNORR_BYTES = 128;
const SCHNORR_RANDOM_AT = 32_768;
/** The offset in the buffer of bytes to hash, and their largest number in one call. */
const ABSORB_AT = 1_024;
const ABSORB_BYTES = 65_536 - ABSORB_AT;

const buffer = new Uint8Array(wasm.memory.buffer, wasm.buffer(), 65_536);
wasm.start();

/** Blinds multiplications with secrets by 32 random bytes, against attacks that measure them. A worker that holds keys calls it once. */
export function blind(random: Uint8Array): void {
  if (!fits(random, 32)) throw new TypeError("random must be 32 bytes");
  buffer.set(random);
  wasm.blind();
}

/** Whether the bytes are a secret key: 32 bytes, above zero and below the group's order. */
export function isSecretKey(bytes: Uint8Array): boolean {
  if (bytes.length !== 32) return false;
  buffer.set(bytes);
  return wasm.is_key() === 1;
}

/** x and y of a secret key's point: 64 bytes; null if the key is invalid. */
export function publicPoint(secretKey: Uint8Array): Uint8Array | null {
  if (secretKey.length !== 32) return null;
  buffer.set(secretKey);
  return wasm.point_of() === 1 ? buffer.slice(64, 128) : null;
}

/** r, the lower s and the recovery id: 65 bytes; null if the key is invalid. Deterministic (RFC 6979). */
export function signRecoverable(digest: Uint8Array, secretKey: Uint8Array): Uint8Array | null {
  if (!fits(digest, 32) || secretKey.length !== 32) return null;
  buffer.set(secretKey);
  buffer.set(digest, 32);
  return wasm.sign() === 1 ? buffer.slice(64, 129) : null;
}

/**
 * Whether a signature (r, s, recovery id) is one of this key over this digest. It takes half the time of {@link recover}, because with the
 * key it needs only one multiplication, in constant time.
 */
export function isSignedBy(
  digest: Uint8Array,
  secretKey: Uint8Array,
  signature: Uint8Array,
): boolean {
  if (!fits(digest, 32) || !fits(signature, 65) || secretKey.length !== 32) return false;
  buffer.set(secretKey);
  buffer.set(digest, 32);
  buffer.set(signature, 64);
  return wasm.signed_by() === 1;
}

/** x and y of the signer's public key: 64 bytes; null if r, s or the recovery id (0 or 1) are invalid. */
export function recover(digest: Uint8Array, signature: Uint8Array): Uint8Array | null {
  if (!fits(digest, 32) || !fits(signature, 65)) return null;
  buffer.set(digest, 32);
  buffer.set(signature, 64);
  return wasm.recover() === 1 ? buffer.slice(192, 256) : null;
}

/**
 * A digest and a signature over it (r, s, recovery id).
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { type Signed } from "./curve.ts";
 * import { loadSecp256k1, recoverable } from "../evm/secp256k1.ts";
 *
 * const secp = await loadSecp256k1();
 * const [digest, key] = [new Uint8Array(32).fill(5), new Uint8Array(32).fill(1)];
 * const signed: Signed = { digest, signature: recoverable(secp.sign(digest, key)) };
 * const random = crypto.getRandomValues(new Uint8Array(16));
 * assert.ok(secp.allOf(secp.addressOf(key), [signed], random));
 * ```
 */
export interface Signed {
  /** 32 bytes. */
  readonly digest: Uint8Array;
  /** 65 bytes. */
  readonly signature: Uint8Array;
}

/**
 * Whether all of 1 to {@link MAX_BATCH} signatures recover to this point. It computes one sum with random factors, which takes a third of
 * the time of {@link recover} for each. False means that at least one does not. A wrong signature passes with a chance of 2^-128, even if
 * an attacker chose the signatures, provided that `random`, 16 bytes for each, was generated after they arrived.
 */
export function allRecoverTo(
  point: Uint8Array,
  signed: readonly Signed[],
  random: Uint8Array,
): boolean {
  if (!fits(point, 64) || signed.length < 1 || signed.length > MAX_BATCH) return false;
  if (!fits(random, 16 * signed.length)) return false;
  buffer.set(point);
  for (let index = 0; index < signed.length; index++) {
    const { digest, signature } = signed[index];
    if (!fits(digest, 32) || !fits(signature, 65)) return false;
    const at = 64 + index * ENTRY_BYTES;
    buffer.set(digest, at);
    buffer.set(signature, at + 32);
    buffer.set(random.subarray(index * 16, index * 16 + 16), at + 97);
  }
  return wasm.recover_to(signed.length) === 1;
}

/** Whether a BIP-340 signature (64 bytes) is valid for this key (its x, 32 bytes) and message (32 bytes). */
export function isSchnorrOf(
  message: Uint8Array,
  publicKey: Uint8Array,
  signature: Uint8Array,
): boolean {
  if (!fits(message, 32) || !fits(publicKey, 32) || !fits(signature, 64)) return false;
  buffer.set(message);
  buffer.set(publicKey, 32);
  buffer.set(signature, 64);
  return wasm.schnorr_by() === 1;
}

/**
 * Whether all of 1 to {@link MAX_SCHNORR_BATCH} BIP-340 signatures are valid. It computes one sum with random factors. `packed` has
 * message, public key and signature of each ({@link SCHNORR_BYTES}). False means that at least one is invalid. An invalid signature passes
 * with a chance of 2^-128, even if an attacker chose the signatures, provided that `random`, 16 bytes for each, was generated after they
 * arrived, or is a hash of all of them.
 *
 * Held: multiples of up to 768 public keys that signed in two valid batches or more (3 MB at most), and up to 256 points of keys that signed
 * in one.
 *
 * @see https://github.com/bitcoin/bips/blob/master/bip-0340.mediawiki#batch-verification
 */
export function allSchnorr(packed: Uint8Array, random: Uint8Array): boolean {
  const count = packed.length / SCHNORR_BYTES;
  if (!Number.isInteger(count) || count < 1 || count > MAX_SCHNORR_BATCH) return false;
  if (!fits(random, 16 * count)) return false;
  buffer.set(packed);
  buffer.set(random, SCHNORR_RANDOM_AT);
  return wasm.schnorr_all(count) === 1;
}

/** The BIP-340 signature (64 bytes) of a message by a secret key, with new randomness (32 bytes each). Null if the key is invalid. */
export function signSchnorr(
  message: Uint8Array,
  secretKey: Uint8Array,
  aux: Uint8Array,
): Uint8Array | null {
  if (!fits(message, 32) || !fits(secretKey, 32) || !fits(aux, 32)) return null;
  buffer.set(secretKey);
  buffer.set(message, 32);
  buffer.set(aux, 64);
  return wasm.schnorr_sign() === 1 ? buffer.slice(128, 192) : null;
}

/**
 * HMAC-SHA-256 of all parts in order with a key of 32 bytes: 32 bytes. For many small inputs it takes a tenth of the time of JavaScript.
 * Throws RangeError above 64,512 bytes.
 */
export function hmacSha256(key: Uint8Array, parts: readonly Uint8Array[]): Uint8Array {
  if (!fits(key, 32)) throw new RangeError("key must be 32 bytes");
  let filled = 0;
  for (const part of parts) {
    if (part.length > ABSORB_BYTES - filled) {
      throw new RangeError(`at most ${ABSORB_BYTES} bytes can be hashed`);
    }
    buffer.set(part, ABSORB_AT + filled);
    filled += part.length;
  }
  buffer.set(key);
  wasm.hmac(filled);
  return buffer.slice(0, 32);
}

/** Keccak-256 of all parts in order: 32 bytes. */
export function keccak(parts: readonly Uint8Array[]): Uint8Array {
  let filled = 0;
  for (const part of parts) {
    for (let from = 0; from < part.length;) {
      if (filled === ABSORB_BYTES) {
        wasm.absorb(filled);
        filled = 0;
      }
      const size = Math.min(part.length - from, ABSORB_BYTES - filled);
      buffer.set(
        size === part.length ? part : part.subarray(from, from + size),
        ABSORB_AT + filled,
      );
      filled += size;
      from += size;
    }
  }
  wasm.absorb(filled);
  wasm.squeeze();
  return buffer.slice(0, 32);
}

function fits(bytes: Uint8Array, sizeBytes: number): boolean {
  return bytes.length === sizeBytes;
}
