/**
 * How far a home signs ahead of what the other side has shown for it.
 *
 * @module
 */
import { type Asset, wholeUnits } from "../../protocols/ilp/asset.ts";

/** W, the most that is at risk at once, and so the most of one payment: one whole one of the asset (docs/money.md). */
export function windowUnits(asset: Pick<Asset, "scale">): bigint {
  return wholeUnits(asset);
}
