/**
 * BIP-340 verification by public key recovery: `R = s*G - e*P` is what ECDSA recovery computes when it is given P as its point,
 * so the fastest libsecp256k1 in WebAssembly that we ship for claims verifies events too. Pure.
 *
 * Recovery gives `Q = r'^-1 * (s'*P' - z'*G)`, where P' has r' as its x. With P' = P lifted with an even y, r' = x(P),
 * s' = -e*x(P) and z' = -s*x(P), all modulo the order, Q is R. An x of P at or above the order (one in 2^128) and an e or s of
 * zero cannot be put that way and go to the slow verifier.
 *
 * @see https://github.com/bitcoin/bips/blob/master/bip-0340.mediawiki
 * @module
 */
import { instantiateSecp256k1 } from "@bitauth/libauth/build/lib/crypto/secp256k1.js";
import { schnorr } from "@noble/curves/secp256k1.js";
import { hash } from "node:crypto";

/** The order of the group. */
const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
/** The characteristic of the field. */
const FIELD = 0xfffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2fn;

/** Checks one signature: 32, 32 and 64 bytes. False for whatever is none; never throws on bytes of these lengths. */
export type SchnorrCheck = (
  message: Uint8Array,
  publicKey: Uint8Array,
  signature: Uint8Array,
) => boolean;

type Library = Awaited<ReturnType<typeof instantiateSecp256k1>>;

let loaded: Promise<SchnorrCheck> | undefined;

/**
 * The check, its WebAssembly instantiated once a process or worker.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { schnorr } from "@noble/curves/secp256k1.js";
 * import { loadSchnorr } from "./schnorr.ts";
 *
 * const check = await loadSchnorr();
 * const key = new Uint8Array(32).fill(7);
 * const message = new Uint8Array(32).fill(1);
 * const signature = schnorr.sign(message, key);
 * assert.equal(check(message, schnorr.getPublicKey(key), signature), true);
 * signature[63] ^= 1;
 * assert.equal(check(message, schnorr.getPublicKey(key), signature), false);
 * ```
 */
export function loadSchnorr(): Promise<SchnorrCheck> {
  return loaded ??= instantiateSecp256k1().then(checker);
}

function checker(library: Library): SchnorrCheck {
  const challenge = new Uint8Array(160);
  const tag = hash("sha256", "BIP0340/challenge", "buffer");
  challenge.set(tag);
  challenge.set(tag, 32);
  const compact = new Uint8Array(64);
  const digest = new Uint8Array(32);

  return (message, publicKey, signature) => {
    if (message.length !== 32 || publicKey.length !== 32 || signature.length !== 64) return false;
    const x = numberAt(publicKey, 0);
    const r = numberAt(signature, 0);
    const s = numberAt(signature, 32);
    if (x >= FIELD || r >= FIELD || s >= ORDER) return false;
    challenge.set(signature.subarray(0, 32), 64);
    challenge.set(publicKey, 96);
    challenge.set(message, 128);
    const e = BigInt(`0x${hash("sha256", challenge, "hex")}`) % ORDER;
    if (x >= ORDER || x === 0n || e === 0n || s === 0n) {
      return slowly(message, publicKey, signature);
    }
    compact.set(publicKey);
    writeNumber(ORDER - (e * x) % ORDER, compact, 32);
    writeNumber(ORDER - (s * x) % ORDER, digest, 0);
    // Recovery id 0: the even y, as BIP-340 lifts a key.
    const point = library.recoverPublicKeyCompressed(compact, 0, digest);
    if (typeof point === "string" || point[0] !== 2) return false;
    for (let at = 0; at < 32; at++) if (point[at + 1] !== signature[at]) return false;
    return true;
  };
}

/** Never taken by an honest signature. */
function slowly(message: Uint8Array, publicKey: Uint8Array, signature: Uint8Array): boolean {
  try {
    return schnorr.verify(signature, message, publicKey);
  } catch {
    return false;
  }
}

function numberAt(bytes: Uint8Array, at: number): bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, 32);
  return (view.getBigUint64(0) << 192n) | (view.getBigUint64(8) << 128n) |
    (view.getBigUint64(16) << 64n) | view.getBigUint64(24);
}

function writeNumber(value: bigint, bytes: Uint8Array, at: number): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, 32);
  view.setBigUint64(0, value >> 192n);
  view.setBigUint64(8, value >> 128n);
  view.setBigUint64(16, value >> 64n);
  view.setBigUint64(24, value);
}
