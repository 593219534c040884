/**
 * Amounts as people type and read them. Inside they are integers: M2M units (10^-6 M2M) or millisats, two rails that are
 * never added, compared or converted.
 *
 * @module
 */

/** Decimals of one M2M (asset scale). */
export const M2M_SCALE = 6;

/** An amount with the rail that it is paid on. */
export type Amount =
  | { readonly rail: "m2m"; readonly units: bigint }
  | { readonly rail: "lightning"; readonly msat: bigint };

/** Amounts above this are refused as typing mistakes: 2^63 - 1, which is also what the store holds. */
const MAX_AMOUNT = 2n ** 63n - 1n;

/**
 * Reads an amount: bare or with `M2M` it is M2M with up to six decimals; with `units`, `sat` or `msat` it is a whole number.
 *
 * @throws AmountError when it is anything else; nothing is rounded.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { parseAmount } from "./amount.ts";
 * assert.deepEqual(parseAmount("0.00875"), { rail: "m2m", units: 8750n });
 * assert.deepEqual(parseAmount("8750units"), { rail: "m2m", units: 8750n });
 * assert.deepEqual(parseAmount("21 sat"), { rail: "lightning", msat: 21_000n });
 * ```
 */
export function parseAmount(text: string): Amount {
  const match = /^(\d{1,20})(?:\.(\d+))?\s*(M2M|units|sat|msat)?$/.exec(text.trim());
  if (match === null) {
    throw new AmountError(
      `Cannot read amount ${
        JSON.stringify(text)
      }: it must be like 0.5, 500000units, 21sat or 21000msat`,
    );
  }
  const [, whole, decimals = "", unit = "M2M"] = match;
  if (unit !== "M2M" && decimals !== "") {
    throw new AmountError(`Cannot read amount ${JSON.stringify(text)}: ${unit} have no decimals`);
  }
  if (decimals.length > M2M_SCALE) {
    throw new AmountError(
      `Cannot read amount ${JSON.stringify(text)}: M2M have at most ${M2M_SCALE} decimals`,
    );
  }
  const value = unit === "M2M"
    ? BigInt(whole + decimals.padEnd(M2M_SCALE, "0"))
    : BigInt(whole) * (unit === "sat" ? 1000n : 1n);
  if (value > MAX_AMOUNT) {
    throw new AmountError(`Cannot read amount ${JSON.stringify(text)}: it is too large`);
  }
  return unit === "sat" || unit === "msat"
    ? { rail: "lightning", msat: value }
    : { rail: "m2m", units: value };
}

/**
 * Units as M2M with at least two decimals and no needless zeros.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { formatM2m } from "./amount.ts";
 * assert.equal(formatM2m(8750n), "0.00875 M2M");
 * assert.equal(formatM2m(500_000n), "0.50 M2M");
 * ```
 */
export function formatM2m(units: bigint): string {
  return `${decimalM2m(units).replace(/(\.\d\d\d*?)0+$/, "$1")} M2M`;
}

/** Units as M2M with all six decimals and no unit, as files and commit messages have it: `49.870000`. */
export function decimalM2m(units: bigint): string {
  const digits = (units < 0n ? -units : units).toString().padStart(M2M_SCALE + 1, "0");
  return `${units < 0n ? "-" : ""}${digits.slice(0, -M2M_SCALE)}.${digits.slice(-M2M_SCALE)}`;
}

/** An amount on its own rail, for people. */
export function formatAmount(amount: Amount): string {
  return amount.rail === "m2m" ? formatM2m(amount.units) : `${amount.msat} msat`;
}

/** The line that stands wherever money is shown (FR44). */
export function networkBanner(
  profile: { readonly name: string; readonly testnet: boolean },
): string {
  return profile.testnet
    ? `TESTNET ${profile.name}: tokens are worth nothing`
    : `MAINNET ${profile.name}: real money`;
}

/** An amount that cannot be read. A user's mistake: exit 2. */
export class AmountError extends Error {
  override readonly name = "AmountError";
  /** Always `amount`. */
  readonly code = "amount";
  /** What to type instead. */
  readonly suggestion = "write M2M (0.5), or whole units, sat or msat (500000units)";
}
