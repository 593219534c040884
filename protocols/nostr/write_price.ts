/**
 * The price of a paid write: the number of bytes times a price per byte. A relay may have other prices for single kinds.
 *
 * @module
 */

/** A relay's price list. */
interface WritePrices {
  /** Base units per byte. */
  readonly unitsPerByte: bigint;
  /** Prices of single kinds, instead of `unitsPerByte`; 0 is free. */
  readonly byKind?: Readonly<Record<number, bigint>>;
}

/** Prices by kind in decimal, for TOML, JSON and ports. */
export type KindPricesText = Readonly<Record<string, string>>;

/** The price of a byte of an event of this kind. Null: the kind could not be read. */
export function unitsPerByteOf(
  { unitsPerByte, byKind = {} }: WritePrices,
  kind: number | null,
): bigint {
  return kind !== null && Object.hasOwn(byKind, kind) ? byKind[kind] : unitsPerByte;
}

/**
 * The price of a write of this many bytes.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { writePriceUnits } from "./write_price.ts";
 *
 * const prices = { unitsPerByte: 10n, byKind: { 10032: 0n } };
 * assert.equal(writePriceUnits(prices, 1, 327), 3270n);
 * assert.equal(writePriceUnits(prices, 10032, 444), 0n);
 * ```
 */
export function writePriceUnits(
  prices: WritePrices,
  kind: number | null,
  sizeBytes: number,
): bigint {
  return unitsPerByteOf(prices, kind) * BigInt(sizeBytes);
}

/** Prices by kind from their decimal form, which must have been checked before. */
export function kindPricesFrom(text: KindPricesText = {}): Readonly<Record<number, bigint>> {
  return Object.fromEntries(Object.entries(text).map(([kind, units]) => [kind, BigInt(units)]));
}

/** The decimal form of prices by kind. */
export function kindPricesText(byKind: WritePrices["byKind"] = {}): KindPricesText {
  return Object.fromEntries(Object.entries(byKind).map(([kind, units]) => [kind, String(units)]));
}
