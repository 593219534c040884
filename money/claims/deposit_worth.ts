/**
 * The least deposit of a channel that is worth watching. Claims cost gas. If a deposit does not pay for several claims, the party that
 * opened the channel makes us spend our gas for nothing (docs/money.md#claims).
 *
 * @module
 */

/** The most gas that a claim needs with our contract, measured on anvil (the first claim of a channel, to an account without the token). */
export const CLAIM_GAS = 110_000n;
const CLAIMS = 20n;
const WEI_PER_NATIVE = 10n ** 18n;

/**
 * The deposit that is worth 20 claims, in base units of the token, rounded up.
 *
 * @param feePerGasWei The current price of gas, tip included.
 * @param unitsPerNative Base units of the token that one whole unit of the chain's currency (10^18 wei) is worth. 0n if the token is worth
 * nothing, as on `dev`; then every deposit is enough.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { depositWorthClaims } from "./deposit_worth.ts";
 *
 * // 20 claims of 110,000 gas at 1 gwei are 0.0022 of the currency; at 3,000 tokens of 6 decimals each, 6.6 tokens.
 * assert.equal(depositWorthClaims(1_000_000_000n, 3_000_000_000n), 6_600_000n);
 * assert.equal(depositWorthClaims(1_000_000_000n, 0n), 0n);
 * ```
 */
export function depositWorthClaims(feePerGasWei: bigint, unitsPerNative: bigint): bigint {
  const wei = CLAIMS * CLAIM_GAS * feePerGasWei;
  return (wei * unitsPerNative + WEI_PER_NATIVE - 1n) / WEI_PER_NATIVE;
}
