/**
 * Minimum and maximum of amounts, because amounts are bigints and `Math.max` accepts none.
 *
 * @module
 */

/** The larger one of two. */
export function larger(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}

/** The smaller one of two. */
export function smaller(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}
