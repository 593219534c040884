/**
 * What amounts are counted in: a code for people, and how many decimals a whole one has. Inside the program an amount is an
 * integer of base units; only what is shown, read or exported knows the asset.
 *
 * @see https://interledger.org/developers/rfcs/settlement-engines/ "Units and Quantities"
 * @module
 */

/** An asset as a profile names it. */
export interface Asset {
  /** e.g. `M2M`. */
  readonly code: string;
  /** Decimals of a whole one, 0 to 36: 1 is `10 ** scale` base units. */
  readonly scale: number;
}

/** What amounts are in where no network says otherwise, the dev network's among them. */
export const M2M: Asset = { code: "M2M", scale: 6 };

/** Base units as such, where nobody knows the asset: `8750 units`. */
export const UNITS: Asset = { code: "units", scale: 0 };

/** Base units with all decimals of the asset and no code, as files and commit messages have it: `49.870000`. */
export function decimalUnits(units: bigint, { scale }: Pick<Asset, "scale">): string {
  const digits = (units < 0n ? -units : units).toString().padStart(scale + 1, "0");
  const decimals = scale === 0 ? "" : `.${digits.slice(-scale)}`;
  return `${units < 0n ? "-" : ""}${digits.slice(0, digits.length - scale)}${decimals}`;
}

/**
 * Base units for people: at least two decimals where the asset has them, no needless zeros, and the code.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { formatUnits } from "./asset.ts";
 * assert.equal(formatUnits(8750n, { code: "M2M", scale: 6 }), "0.00875 M2M");
 * assert.equal(formatUnits(500_000n, { code: "M2M", scale: 6 }), "0.50 M2M");
 * assert.equal(formatUnits(9n * 10n ** 17n, { code: "TOK", scale: 18 }), "0.90 TOK");
 * assert.equal(formatUnits(7n, { code: "ITEM", scale: 0 }), "7 ITEM");
 * ```
 */
export function formatUnits(units: bigint, asset: Asset): string {
  return `${decimalUnits(units, asset).replace(/(\.\d\d\d*?)0+$/, "$1")} ${asset.code}`;
}

/**
 * Base units as a person types them after a flag: the shortest decimals, without a code.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { typedUnits, UNITS } from "./asset.ts";
 * assert.equal(typedUnits(32_000n, { code: "M2M", scale: 6 }), "0.032");
 * assert.equal(typedUnits(5_000_000n, { code: "M2M", scale: 6 }), "5");
 * assert.equal(typedUnits(32_000n, UNITS), "32000units");
 * ```
 */
export function typedUnits(units: bigint, asset: Asset): string {
  if (asset === UNITS) return `${units}units`;
  const decimal = decimalUnits(units, asset);
  return decimal.includes(".") ? decimal.replace(/\.?0+$/, "") : decimal;
}

/** Base units of a whole one. */
export function wholeUnits({ scale }: Pick<Asset, "scale">): bigint {
  return 10n ** BigInt(scale);
}

/** Base units with all decimals and the code, as a commit's message tells them: one amount has one text. */
export function amountText(units: bigint, asset: Asset): string {
  return `${decimalUnits(units, asset)} ${asset.code}`;
}
