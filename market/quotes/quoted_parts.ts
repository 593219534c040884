/**
 * What a provider quotes for a price, by payment mode. The provider makes its quotes by it, and the buyer knows by it what the quote for an
 * announced price may ask.
 *
 * @see docs/money.md#quotes
 * @module
 */
import { larger } from "../../base/amount.ts";
import type { QuotedMode } from "../../protocols/nostr/job_quote.ts";
import type { Increment } from "../../protocols/nostr/metered.ts";

/** The price of publishing the smallest result, in base units: as it is, and in a gift wrap. Null if nothing is sold on delivery. */
interface LeastUnits {
  readonly open: bigint | null;
  readonly wrapped: bigint | null;
}

/** How a job is paid. */
interface Paid {
  readonly mode: QuotedMode;
  /** What one increment buys, if the job is metered. */
  readonly increment?: Increment;
  readonly isPrivate: boolean;
}

/** What is quoted. */
interface QuotedParts {
  /** The whole job; of a metered one, one increment. */
  readonly wholeUnits: bigint;
  /** The part that is paid before the job runs. */
  readonly partUnits: bigint;
}

/** The first part of a price. Only that part is certainly paid, so it pays for the write of the result. */
export function firstPart(priceUnits: bigint, leastUnits: bigint | null): bigint {
  return larger(leastUnits ?? 0n, quarter(priceUnits));
}

/** What is quoted for a job of this price. */
export function quotedParts(
  priceUnits: bigint,
  { mode, increment, isPrivate }: Paid,
  least: LeastUnits,
): QuotedParts {
  const leastUnits = isPrivate ? least.wrapped : least.open;
  if (mode === "metered" && increment !== undefined) {
    const partUnits = firstPart(priceUnits, leastOf(increment, leastUnits));
    return { wholeUnits: partUnits, partUnits };
  }
  if (mode === "upfront") return { wholeUnits: priceUnits, partUnits: priceUnits };
  const partUnits = firstPart(priceUnits, leastUnits);
  const wholeUnits = mode === "on-delivery" && isPrivate
    ? larger(priceUnits, partUnits + quarter(priceUnits))
    : priceUnits;
  return { wholeUnits, partUnits };
}

/**
 * The least price of an increment, from the price of publishing the smallest result. That result holds one KiB of output. So an increment of
 * more output also pays for what its output adds to the result.
 */
function leastOf({ unit, size }: Increment, leastUnits: bigint | null): bigint | null {
  if (leastUnits === null || unit === "second") return leastUnits;
  return (leastUnits * BigInt(size + 1) + 1n) / 2n;
}

/** Rounded up. */
function quarter(units: bigint): bigint {
  return (units + 3n) / 4n;
}
