/**
 * What a transaction must offer that replaces another one of the same account nonce.
 *
 * @module
 */
import { larger } from "../../base/amount.ts";

/** Nodes ask for an eighth more before they take a replacement. */
const BUMP_PERCENT = 15n;

/** At least 15 % and 1 wei more than `oldWei`, and no less than what the chain asks for now. Wei for each unit of gas. */
export function replacementFee(oldWei: bigint, nowWei = 0n): bigint {
  return larger(nowWei, oldWei + oldWei * BUMP_PERCENT / 100n + 1n);
}
