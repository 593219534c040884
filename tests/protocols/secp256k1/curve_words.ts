/** Numbers and batches for tests of the curve. */
import fc from "fast-check";
import {
  allRecoverTo as allRecoverToWith,
  isSecretKey,
  publicPoint,
  type Signed,
} from "../../../protocols/secp256k1/curve.ts";

export const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
export const FIELD = 0xfffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2fn;

export const allRecoverTo = (point: Uint8Array, signed: readonly Signed[]) =>
  allRecoverToWith(point, signed, crypto.getRandomValues(new Uint8Array(16 * signed.length)));

export const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
export const secretKeys = bytes(32).filter(isSecretKey);

export function word(value: bigint): Uint8Array {
  return Uint8Array.from(
    value.toString(16).padStart(64, "0").match(/../g)!,
    (at) => parseInt(at, 16),
  );
}

export const KEY = new Uint8Array(32).fill(7);
export const POINT = publicPoint(KEY)!;
