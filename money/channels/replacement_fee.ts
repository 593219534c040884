/**
 * The fee of a transaction that replaces another one with the same account nonce.
 *
 * @module
 */
import { larger } from "../../base/amount.ts";

/** Nodes accept a replacement only with a fee at least an eighth higher. */
const BUMP_PERCENT = 15n;

/** At least 15 % and 1 wei more than `oldWei`, and at least the chain's current fee. In wei for each unit of gas. */
export function replacementFee(oldWei: bigint, nowWei = 0n): bigint {
  return larger(nowWei, oldWei + oldWei * BUMP_PERCENT / 100n + 1n);
}
