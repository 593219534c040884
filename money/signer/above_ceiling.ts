/**
 * The refusal of a ceiling. The signer knows no asset, so it returns the figures, and a caller that knows the asset writes the message.
 *
 * @module
 */
import { type Asset, formatUnits, UNITS } from "../../protocols/ilp/asset.ts";

/** A ceiling with what went above it. */
export interface AboveCeiling {
  /** Of what the ceiling is: `the packet`, `the day's gas`. */
  readonly what: string;
  /** What it would have come to, in `unit`. */
  readonly amount: bigint;
  /** The most that is allowed, in `unit`. */
  readonly ceiling: bigint;
  /** `units`: base units of the token. `wei`: of the chain's own currency. */
  readonly unit: "units" | "wei";
}

/** What the chain's own currency is called, as the wallet's commands call it. */
const CURRENCY: Asset = { code: "ETH", scale: 18 };

/**
 * The refusal for people; base units as such where no asset is told.
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

/** As text, to cross a port or a socket. */
export function ceilingFigures({ what, amount, ceiling, unit }: AboveCeiling) {
  return { what, amount: String(amount), ceiling: String(ceiling), unit };
}

/** The inverse of {@link ceilingFigures}; null for what is none. */
export function aboveCeilingOf(
  figures: Readonly<Record<string, string>> | undefined,
): AboveCeiling | null {
  const { what, amount = "", ceiling = "", unit } = figures ?? {};
  if (what === undefined || (unit !== "units" && unit !== "wei")) return null;
  if (![amount, ceiling].every((digits) => /^\d{1,78}$/.test(digits))) return null;
  return { what, amount: BigInt(amount), ceiling: BigInt(ceiling), unit };
}
