/**
 * BIP-340 signatures in batches: 128 bytes each (id, public key, signature) in one buffer, as they also cross to a worker, and one byte
 * each back. A batch is checked as one sum; only where the sum says no is each of it looked at alone.
 *
 * @see https://github.com/bitcoin/bips/blob/master/bip-0340.mediawiki#batch-verification
 * @module
 */
import {
  allSchnorr,
  isSchnorrOf,
  keccak,
  MAX_SCHNORR_BATCH,
  SCHNORR_BYTES,
} from "../secp256k1/curve.ts";
import { readHex } from "./hex.ts";

/** What is checked: fields whose hex was looked at, of an event whose id was recomputed. */
export interface SignatureParts {
  /** 64 lowercase hex digits. */
  readonly id: string;
  /** 64 lowercase hex digits. */
  readonly pubkey: string;
  /** 128 lowercase hex digits. */
  readonly sig: string;
}

/** Packs parts in their order. */
export function packSignatures(parts: readonly SignatureParts[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.length * SCHNORR_BYTES);
  parts.forEach(({ id, pubkey, sig }, index) => {
    const at = index * SCHNORR_BYTES;
    readHex(id, bytes, at);
    readHex(pubkey, bytes, at + 32);
    readHex(sig, bytes, at + 64);
  });
  return bytes;
}

/** Checks what {@link packSignatures} packed: one byte each, 1 for a good one and 0 for any other. */
export type SignaturesCheck = (packed: Uint8Array) => Uint8Array<ArrayBuffer>;

/**
 * After a sum that said no so many are checked alone. Who sends a wrong signature now and then, so that each sum is made in vain, thus
 * costs an eighth of a check more, not most of one.
 */
const ALONE_AFTER_NO = 256;

/** Makes a check. Held: how many are checked alone next. `sum` is {@link allSchnorr} unless told. */
export function signatureBatch(sum: typeof allSchnorr = allSchnorr): SignaturesCheck {
  let alone = 0;
  return (packed) => {
    const good = new Uint8Array(Math.floor(packed.length / SCHNORR_BYTES));
    for (let from = 0; from < good.length; from += MAX_SCHNORR_BATCH) {
      const to = Math.min(good.length, from + MAX_SCHNORR_BATCH);
      const some = packed.subarray(from * SCHNORR_BYTES, to * SCHNORR_BYTES);
      // A sum over one is slower than its own check.
      if (to - from > 1 && alone === 0) {
        if (sum(some, factorsOf(some))) {
          good.fill(1, from, to);
          continue;
        }
        alone = ALONE_AFTER_NO;
      }
      alone = Math.max(0, alone - (to - from));
      for (let index = from; index < to; index++) good[index] = isGood(packed, index) ? 1 : 0;
    }
    return good;
  };
}

/**
 * The random factors of a batch, 16 bytes each: from a hash of all of it, as BIP-340 proposes, so that nobody knows them who has not
 * chosen every signature of the batch before.
 */
function factorsOf(packed: Uint8Array): Uint8Array {
  const seed = keccak([packed]);
  const factors = new Uint8Array(packed.length / SCHNORR_BYTES * 16);
  for (let at = 0; at < factors.length; at += 32) {
    const some = keccak([seed, new Uint8Array([at / 32])]);
    factors.set(some.subarray(0, Math.min(32, factors.length - at)), at);
  }
  return factors;
}

function isGood(packed: Uint8Array, index: number): boolean {
  const at = index * SCHNORR_BYTES;
  return isSchnorrOf(
    packed.subarray(at, at + 32),
    packed.subarray(at + 32, at + 64),
    packed.subarray(at + 64, at + SCHNORR_BYTES),
  );
}
