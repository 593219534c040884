/**
 * What a hop keeps: flat + floor(amount × basis points / 10,000) (MONEY 6).
 *
 * @module
 */

/** A hop's fee. */
export interface Fee {
  readonly flatUnits: bigint;
  readonly basisPoints: number;
}

/** No fee, as in `dev`. */
export const NO_FEE: Fee = { flatUnits: 0n, basisPoints: 0 };

/**
 * What is sent on of `amount`; null when the fee leaves less than nothing. Rounded in the payer's favour: the fee is floored.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { afterFee } from "./fees.ts";
 *
 * assert.equal(afterFee(10_009n, { flatUnits: 2n, basisPoints: 10 }), 9_997n);
 * ```
 */
export function afterFee(amount: bigint, fee: Fee): bigint | null {
  const left = amount - fee.flatUnits - amount * BigInt(fee.basisPoints) / 10_000n;
  return left < 0n || (left === 0n && amount > 0n) ? null : left;
}
