/**
 * Checks BIP-340 signatures in batches. The input is one buffer with 128 bytes for each signature (id, public key, signature), also for a
 * worker; the output is one byte for each. Many signatures are checked with one sum. If the sum is wrong, smaller sums follow, and at last
 * each signature of a small wrong sum is checked separately.
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

/** The fields to check. Their hex must have been checked, and the event's id recomputed. */
interface SignatureParts {
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
    bytes.subarray(at, at + SCHNORR_BYTES).setFromHex(id + pubkey + sig);
  });
  return bytes;
}

/** Checks packed signatures of {@link packSignatures}. Returns one byte for each: 1 if it is valid, otherwise 0. */
export type SignaturesCheck = (packed: Uint8Array) => Uint8Array<ArrayBuffer>;

/**
 * After a wrong sum, the next sums are a quarter as large, down to one signature, which is checked separately. After this many valid
 * signatures in sequence, they are four times as large again. So one wrong signature costs as much as 60 to 80 separate checks, and however
 * many a peer sends, a signature costs at most a tenth more than a separate check.
 */
const GROW_AFTER = 32;
const STEP = 4;

/** Makes a check. Held: how many signatures the next sum may have. Default of `sum`: {@link allSchnorr}. */
export function signatureBatch(sum: typeof allSchnorr = allSchnorr): SignaturesCheck {
  let size = MAX_SCHNORR_BATCH;
  let inSequence = 0;
  return (packed) => {
    const good = new Uint8Array(Math.floor(packed.length / SCHNORR_BYTES));
    for (let from = 0; from < good.length;) {
      const to = Math.min(good.length, from + size);
      const some = packed.subarray(from * SCHNORR_BYTES, to * SCHNORR_BYTES);
      // For a single signature, the sum is slower than a check.
      const valid = to - from === 1 ? isGood(some) : sum(some, factorsOf(some));
      inSequence = valid ? inSequence + to - from : 0;
      if (!valid && to - from > 1) {
        size = Math.max(1, Math.floor((to - from) / STEP));
        continue;
      }
      good.fill(valid ? 1 : 0, from, to);
      from = to;
      if (inSequence < GROW_AFTER) continue;
      size = Math.min(MAX_SCHNORR_BATCH, size * STEP);
      inSequence = 0;
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

function isGood(packed: Uint8Array): boolean {
  return isSchnorrOf(
    packed.subarray(0, 32),
    packed.subarray(32, 64),
    packed.subarray(64, SCHNORR_BYTES),
  );
}
