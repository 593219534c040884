/**
 * Amounts as people type them. The program uses integers: base units of the network's asset (10^-6 M2M, unless the profile says otherwise)
 * or millisats. These are two rails, whose amounts are never added, compared or converted.
 *
 * @module
 */
import { type Asset, M2M } from "../protocols/ilp/asset.ts";

/** An amount with the rail that it is paid on. */
type Amount =
  | { readonly rail: "m2m"; readonly units: bigint }
  | { readonly rail: "lightning"; readonly msat: bigint };

const OTHER_UNITS: readonly (string | undefined)[] = ["units", "sat", "msat"];

/** Larger amounts are refused as typing mistakes. */
const MAX_AMOUNT = 2n ** 63n - 1n;

/**
 * Reads an amount. Without a unit, or with the asset's code, it is in whole tokens with decimals. With `units`, `sat` or `msat` it is a
 * whole number.
 *
 * @throws AmountError for any other text; nothing is rounded.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { parseAmount } from "./amount.ts";
 * assert.deepEqual(parseAmount("0.00875"), { rail: "m2m", units: 8750n });
 * assert.deepEqual(parseAmount("8750units"), { rail: "m2m", units: 8750n });
 * assert.deepEqual(parseAmount("1.5", { code: "TOK", scale: 18 }), { rail: "m2m", units: 15n * 10n ** 17n });
 * assert.deepEqual(parseAmount("21 sat"), { rail: "lightning", msat: 21_000n });
 * ```
 */
export function parseAmount(text: string, asset: Asset = M2M): Amount {
  const amount = readAmount(text, asset);
  if (typeof amount !== "string") return amount;
  throw new AmountError(
    `Cannot read amount ${JSON.stringify(text)}: ${
      amount === FORM ? "it must be like 0.5, 500000units, 21sat or 21000msat" : amount
    }`,
    "write it like 0.5, or with a unit: 500000units, 21sat or 21000msat",
  );
}

/**
 * Reads an amount of the network's token, in base units.
 *
 * @param name What the user gave it as, such as `--bid`. Each error names it.
 * @throws AmountError `amount` for a text that is no amount, and for none where `aboveZero` is set; `wrong_rail` for `sat` and `msat`.
 */
export function tokenUnits(
  text: string,
  name: string,
  asset: Asset = M2M,
  { aboveZero = false }: { readonly aboveZero?: boolean } = {},
): bigint {
  const written = "write it like 0.5, or in base units: 500000units";
  const amount = readAmount(text, asset);
  if (typeof amount === "string") {
    const why = amount === FORM ? "it is no amount" : amount;
    throw new AmountError(`Cannot read ${name} ${JSON.stringify(text)}: ${why}`, written);
  }
  if (amount.rail !== "m2m") {
    throw new AmountError(`${name} must be in ${asset.code} (got ${text})`, written, "wrong_rail");
  }
  if (aboveZero && amount.units === 0n) {
    throw new AmountError(`${name} must be more than 0 (got ${text})`, written);
  }
  return amount.units;
}

/** The text has not the form of an amount. */
const FORM = "form";

/** The amount; a text says what is wrong with it. */
function readAmount(text: string, asset: Asset): Amount | string {
  const match = /^(\d{1,30})(?:\.(\d+))?\s*([A-Za-z0-9]{1,12})?$/.exec(text.trim());
  if (match === null || ![asset.code, ...OTHER_UNITS, undefined].includes(match[3])) return FORM;
  const [, whole, decimals = "", named = asset.code] = match;
  // If the asset's code is "units" or "sat", its amounts are written without the code.
  const unit = match[3] === undefined ? null : OTHER_UNITS.includes(named) ? named : null;
  if (unit !== null && decimals !== "") return `${unit} have no decimals`;
  if (decimals.length > asset.scale) return `${asset.code} have at most ${asset.scale} decimals`;
  const value = unit === null
    ? BigInt(whole + decimals.padEnd(asset.scale, "0"))
    : BigInt(whole) * (unit === "sat" ? 1000n : 1n);
  if (value > MAX_AMOUNT * 10n ** BigInt(Math.max(0, asset.scale - 6))) return "it is too large";
  return unit === "sat" || unit === "msat"
    ? { rail: "lightning", msat: value }
    : { rail: "m2m", units: value };
}

/** The line that is printed wherever money is shown. */
export function networkBanner(
  profile: { readonly name: string; readonly testnet: boolean },
): string {
  return profile.testnet
    ? `TESTNET ${profile.name}: tokens are worth nothing`
    : `MAINNET ${profile.name}: real money`;
}

/** An amount that cannot be read, or is none that may be given there. A user's mistake: exit 2. */
export class AmountError extends Error {
  override readonly name = "AmountError";
  /** Says what is wrong, and what to type instead. */
  constructor(
    message: string,
    readonly suggestion: string,
    readonly code: "amount" | "wrong_rail" = "amount",
  ) {
    super(message);
  }
}
