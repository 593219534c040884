/**
 * The asset of amounts: a code for people, and the number of decimals. Inside the program, an amount is a whole number of base units. Only
 * code that shows, reads or exports amounts uses the asset.
 *
 * @see https://interledger.org/developers/rfcs/settlement-engines/ "Units and Quantities"
 * @module
 */

/** An asset, as in a profile. */
export interface Asset {
  /** For example `M2M`. */
  readonly code: string;
  /** The number of decimals, 0 to 36: one token is `10 ** scale` base units. */
  readonly scale: number;
}

/** The default asset. It is also that of the dev network. */
export const M2M: Asset = { code: "M2M", scale: 6 };

/** Base units without an asset, for amounts whose asset is not known: `8750 units`. */
export const UNITS: Asset = { code: "units", scale: 0 };

/** The amount with all decimals of the asset and without code, for files and commit messages: `49.870000`. */
export function decimalUnits(units: bigint, { scale }: Pick<Asset, "scale">): string {
  const digits = (units < 0n ? -units : units).toString().padStart(scale + 1, "0");
  const decimals = scale === 0 ? "" : `.${digits.slice(-scale)}`;
  return `${units < 0n ? "-" : ""}${digits.slice(0, digits.length - scale)}${decimals}`;
}

/**
 * The amount for people: at least two decimals if the asset has them, no needless zeros, and the code.
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
 * The amount as a person types it after a flag: the shortest decimal form, without a code.
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

/** The base units of one token. */
export function wholeUnits({ scale }: Pick<Asset, "scale">): bigint {
  return 10n ** BigInt(scale);
}

/** The amount with all decimals and the code, for commit messages. Each amount has exactly one text. */
export function amountText(units: bigint, asset: Asset): string {
  return `${decimalUnits(units, asset)} ${asset.code}`;
}
