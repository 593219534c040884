/**
 * A bid as an agent gives it.
 *
 * @module
 */
import { parseAmount } from "../shell/amount.ts";
import { UsageError } from "../shell/errors.ts";
import type { Asset } from "../protocols/ilp/asset.ts";

/** Base units of the asset. Throws UsageError if it is no amount of the asset. */
export function bidUnitsOf(bid: unknown, asset: Asset): bigint {
  const amount = parseAmount(String(bid), asset);
  if (amount.rail === "m2m") return amount.units;
  throw new UsageError(`a bid here is in ${asset.code}`, "e.g. 0.2");
}
