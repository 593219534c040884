/**
 * BIP-340 verification. Pure.
 *
 * @see https://github.com/bitcoin/bips/blob/master/bip-0340.mediawiki
 * @module
 */
import { isSchnorrOf } from "../secp256k1/curve.ts";

/** Checks one signature: 32, 32 and 64 bytes. False for an invalid signature, key or length; never throws. */
type SchnorrCheck = (
  message: Uint8Array,
  publicKey: Uint8Array,
  signature: Uint8Array,
) => boolean;

/**
 * Returns the check. Its WebAssembly is loaded with the module.
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
  return Promise.resolve(isSchnorrOf);
}
