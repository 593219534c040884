/**
 * Checks BIP-340 signatures in batches. The input is one buffer with 128 bytes for each signature (id, public key, signature), also for a
 * worker; the output is one byte for each. A batch is checked with one sum. Only if the sum is wrong, each signature is checked separately.
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

/** The fields to check. Their hex must have been checked, and the event's id recomputed. */
export interface SignatureParts {
  /** 64 lowercase hex digits. */
  readonly id: string;
  /** 64 lowercase hex digits. */
  readonly pubkey: string;
  /** 128 lowercase hex digits. */
  readonly sig: string;
}

/** Packs signatures in order. */
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

/** Checks packed signatures of {@link packSignatures}. Returns one byte for each: 1 if it is valid, otherwise 0. */
export type SignaturesCheck = (packed: Uint8Array) => Uint8Array<ArrayBuffer>;

/**
 * After a wrong sum, this many signatures are checked separately. A peer that sends a wrong signature now and then makes each sum useless.
 * With this rule, such a peer makes a check only an eighth more expensive, and not almost twice.
 */
const ALONE_AFTER_NO = 256;

/** Makes a check. Held: how many signatures are checked separately next. Default of `sum`: {@link allSchnorr}. */
export function signatureBatch(sum: typeof allSchnorr = allSchnorr): SignaturesCheck {
  let alone = 0;
  return (packed) => {
    const good = new Uint8Array(Math.floor(packed.length / SCHNORR_BYTES));
    for (let from = 0; from < good.length; from += MAX_SCHNORR_BATCH) {
      const to = Math.min(good.length, from + MAX_SCHNORR_BATCH);
      const some = packed.subarray(from * SCHNORR_BYTES, to * SCHNORR_BYTES);
      // For a single signature, the sum is slower than a check.
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
 * The random factors of a batch, 16 bytes each. They come from a hash of the whole batch, as BIP-340 proposes. So nobody can know them
 * before all signatures of the batch are chosen.
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
