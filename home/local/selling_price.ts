/**
 * Checks whether a job's price covers the provider's payments to the relay for it.
 *
 * @module
 */
import type { KindPrice } from "../../market/announcement.ts";

/**
 * The bytes that a provider writes for a small job of more than two seconds: `processing` feedback (about 520 bytes), and a result that
 * repeats its request (about 1,080 bytes, with a few words of text).
 */
const SMALL_JOB_BYTES = 1_600n;

/** A small job's request has half a KiB. */
const REQUESTS_PER_KIB = 2n;

/** The log line for a job that is sold at a loss. */
export const SOLD_AT_A_LOSS = "a kind of job is sold for less than its writes cost";

/** A kind whose price is lower than the cost of a small job's writes. Amounts are units. */
interface LosingPrice {
  readonly kind: number;
  readonly priceUnits: bigint;
  readonly writesUnits: bigint;
}

/** The kinds that are sold at a loss. A price of 0 counts as intended. */
export function losingPrices(
  prices: readonly KindPrice[],
  writeUnitsPerByte: bigint,
): LosingPrice[] {
  const writesUnits = SMALL_JOB_BYTES * writeUnitsPerByte;
  return prices
    .map(({ kind, flatUnits, unitsPerKib }) => ({
      kind,
      priceUnits: flatUnits + unitsPerKib / REQUESTS_PER_KIB,
      writesUnits,
    }))
    .filter(({ priceUnits }) => priceUnits > 0n && priceUnits < writesUnits);
}
