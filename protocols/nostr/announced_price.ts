/**
 * What a provider announced for a request, and whether its quote keeps to that. An announcement is signed and states prices, so a quote above
 * them is a price that was not kept. What a job costs beyond its quote is not compared: nothing above the quote is ever paid.
 *
 * @see docs/money.md#price-kept
 * @module
 */
import type { Quote } from "./job_quote.ts";
import type { Increment } from "./metered.ts";

/** What an announcement says that a request costs. Amounts are what arrives at the provider, in base units. It can be cloned. */
export interface AnnouncedPrice {
  /** The whole job, paid upfront. */
  readonly units: bigint;
  /** When the announcement was signed, in seconds since the epoch. */
  readonly atS: number;
  /** The time until which it is valid, in seconds since the epoch. */
  readonly untilS: number;
  /** The most that a quote in the job's payment mode asks by it: for the whole job, or for one increment if it is metered. */
  readonly promisedUnits: bigint;
  /** The most that such a quote asks before the job runs: all of it (upfront), a deposit (on delivery), or one increment (metered). */
  readonly firstUnits: bigint;
  /** What that increment buys. Only for a metered job. */
  readonly increment?: Increment;
}

/** The price in a quote, beside the announced one. */
export interface QuotedPrice {
  readonly provider: string;
  /** See {@link AnnouncedPrice}. */
  readonly announcedUnits: bigint;
  readonly announcedAtS: number;
  /** What the quote asks at most if the announced price is kept: for the whole job, or for one increment. */
  readonly promisedUnits: bigint;
  /** What the quote asks: for the whole job, or for one increment. */
  readonly quotedUnits: bigint;
}

/**
 * The announced and the quoted price of a job. Null if the announcement was not valid any more when the quote was given. A quote for a
 * longer or shorter increment may ask as much more or less, and one for another unit keeps to nothing.
 */
export function quotedPrice(
  { units, atS, untilS, promisedUnits, increment }: AnnouncedPrice,
  quote: Quote,
  nowS: number,
): QuotedPrice | null {
  if (nowS > untilS) return null;
  return {
    provider: quote.provider,
    announcedUnits: units,
    announcedAtS: atS,
    promisedUnits: quote.increment === undefined
      ? promisedUnits
      : increment?.unit === quote.increment.unit
      ? inProportion(promisedUnits, quote.increment.size, increment.size)
      : 0n,
    quotedUnits: quote.mode === "metered" ? quote.depositUnits : quote.priceUnits,
  };
}

/**
 * Whether a quote for a job that is paid in parts asks no more before the run than its buyer may risk: what the announcement promises, or a
 * quarter of the price if that is more. The price of a metered job is the most that the buyer may pay for all increments. A quote for one
 * increment of the whole price would be a payment upfront.
 *
 * @param mostUnits The most that the buyer pays the provider in all.
 * @see docs/money.md#quotes
 */
export function risksNoMore(
  { mode, priceUnits, depositUnits }: Pick<Quote, "mode" | "priceUnits" | "depositUnits">,
  announced: Pick<AnnouncedPrice, "firstUnits"> | undefined,
  mostUnits: bigint,
): boolean {
  if (mode === "upfront") return true;
  const wholeUnits = mode === "metered" ? mostUnits : priceUnits;
  return depositUnits <= (wholeUnits + 3n) / 4n || depositUnits <= (announced?.firstUnits ?? 0n);
}

/**
 * The share of the quoted price that was announced, from 0 to 1. 1 is a price that was kept.
 *
 * @example
 * ```ts
 * import { keptShare } from "./announced_price.ts";
 * console.assert(keptShare({ promisedUnits: 100n, quotedUnits: 90n }) === 1);
 * console.assert(keptShare({ promisedUnits: 100n, quotedUnits: 400n }) === 0.25);
 * ```
 */
export function keptShare(
  { promisedUnits, quotedUnits }: Pick<QuotedPrice, "promisedUnits" | "quotedUnits">,
): number {
  return promisedUnits >= quotedUnits ? 1 : Number(promisedUnits) / Number(quotedUnits);
}

/** Rounded up, so that rounding is held against nobody. */
function inProportion(units: bigint, size: number, of: number): bigint {
  return (units * BigInt(size) + BigInt(of) - 1n) / BigInt(of);
}
