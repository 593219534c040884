/**
 * Amounts of a chain's own currency: decimals for people, wei inside.
 *
 * @module
 */
import { UsageError } from "./errors.ts";

const DECIMALS = 18;

/** A decimal above zero as wei, exactly. Throws UsageError, which names what the user gave it as. */
export function weiOf(text: string, name: string): bigint {
  const [, whole, fraction = ""] = /^(\d{1,12})(?:\.(\d{1,18}))?$/.exec(text) ?? [];
  const wei = whole === undefined ? 0n : BigInt(whole + fraction.padEnd(DECIMALS, "0"));
  if (wei > 0n) return wei;
  throw new UsageError(
    `${name} must be a decimal above zero (got ${text})`,
    "write it like 0.01",
  );
}

/** Wei as a decimal without needless zeros. */
export function decimalWei(wei: bigint): string {
  const digits = wei.toString().padStart(DECIMALS + 1, "0");
  const fraction = digits.slice(-DECIMALS).replace(/0+$/, "");
  return `${digits.slice(0, -DECIMALS)}${fraction === "" ? "" : `.${fraction}`}`;
}
