/**
 * A ceiling's refusal as figures. The signer does not know the asset, so a caller that knows it writes the message.
 *
 * @module
 */
import { type Asset, formatUnits, UNITS } from "../../protocols/ilp/asset.ts";

/** A ceiling, and the amount that would exceed it. */
export interface AboveCeiling {
  /** What the ceiling limits: `the packet`, `the day's gas`. */
  readonly what: string;
  /** The amount that was asked for, in `unit`. */
  readonly amount: bigint;
  /** The highest allowed amount, in `unit`. */
  readonly ceiling: bigint;
  /** `units`: base units of the token. `wei`: the chain's currency. */
  readonly unit: "units" | "wei";
}

/** The chain's currency, as the wallet's commands name it. */
const CURRENCY: Asset = { code: "ETH", scale: 18 };

/**
 * The refusal as text for people. Without an asset, amounts are shown in base units.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { aboveCeilingText } from "./above_ceiling.ts";
 * const above = { what: "the packet", amount: 12_500_000n, ceiling: 10_000_000n, unit: "units" } as const;
 * assert.equal(
 *   aboveCeilingText(above, { code: "M2M", scale: 6 }),
 *   "the packet would be 12.50 M2M, above the ceiling of 10.00 M2M",
 * );
 * ```
 */
export function aboveCeilingText(
  { what, amount, ceiling, unit }: AboveCeiling,
  asset: Asset = UNITS,
): string {
  const text = (value: bigint) => formatUnits(value, unit === "wei" ? CURRENCY : asset);
  return `${what} would be ${text(amount)}, above the ceiling of ${text(ceiling)}`;
}

/** The figures as text, to cross a port or a socket. */
export function ceilingFigures({ what, amount, ceiling, unit }: AboveCeiling) {
  return { what, amount: String(amount), ceiling: String(ceiling), unit };
}

/** The inverse of {@link ceilingFigures}. Null if the figures are not valid. */
export function aboveCeilingOf(
  figures: Readonly<Record<string, string>> | undefined,
): AboveCeiling | null {
  const { what, amount = "", ceiling = "", unit } = figures ?? {};
  if (what === undefined || (unit !== "units" && unit !== "wei")) return null;
  if (![amount, ceiling].every((digits) => /^\d{1,78}$/.test(digits))) return null;
  return { what, amount: BigInt(amount), ceiling: BigInt(ceiling), unit };
}
