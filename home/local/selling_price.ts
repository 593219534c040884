/**
 * Whether what a provider asks for a job covers what it pays the relay for it.
 *
 * @module
 */
import type { KindPrice } from "../../market/announcement.ts";

/**
 * What a provider writes for a small job that takes more than two seconds: `processing` feedback (about 520 bytes) and a result that
 * repeats its request (about 1,080 bytes, with a text of a few words).
 */
const SMALL_JOB_BYTES = 1_600n;

/** Half a KiB of request, as a small job has. */
const REQUESTS_PER_KIB = 2n;

/** The log line of a provider that loses by a job. */
export const SOLD_AT_A_LOSS = "a kind of job is sold for less than its writes cost";

/** A kind that is sold for less than the writes of a small job cost. Amounts are units. */
interface LosingPrice {
  readonly kind: number;
  readonly priceUnits: bigint;
  readonly writesUnits: bigint;
}

/** The kinds by which a provider loses; one that is given away is meant so. */
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
