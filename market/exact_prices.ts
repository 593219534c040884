/**
 * The prices that providers announce for one request, by its exact size. The choice of a provider uses an estimate.
 *
 * @module
 */
import type { AnnouncedPrice } from "../protocols/nostr/announced_price.ts";
import type { QuotedMode } from "../protocols/nostr/job_quote.ts";
import { priceOfKind } from "./announcement.ts";
import type { Chosen } from "./choose_provider.ts";
import type { BuiltRequest } from "./intake.ts";
import { LEAST_BYTES, leastResultUnits } from "./paid_bytes.ts";
import { quotedParts } from "./quotes/quoted_parts.ts";

/** How a job is paid, and what its network charges. */
interface ExactPricesOptions {
  readonly mode: QuotedMode;
  readonly isPrivate: boolean;
  /** The relay's price of a byte, in base units. */
  readonly unitsPerByte: bigint;
  /** The amount that must be sent so that `units` arrive. */
  readonly grossUnits: (units: bigint, ilpAddress: string) => bigint;
}

/** The prices of one request. */
export interface ExactPrices {
  /** What must be sent so that a provider's announced price arrives. */
  exactly(chosen: Chosen): bigint;
  /** What a provider announced. Absent if its announcement does not say how it is paid. */
  announced(chosen: Chosen): AnnouncedPrice | undefined;
}

/** Computes them for a request that names its provider. It has the same size for every provider. */
export function exactPrices(
  { kind, sizeBytes, request }: Pick<BuiltRequest, "kind" | "sizeBytes" | "request">,
  { mode, isPrivate, unitsPerByte, grossUnits }: ExactPricesOptions,
): ExactPrices {
  const least = {
    open: leastResultUnits(unitsPerByte),
    wrapped: leastResultUnits(unitsPerByte, LEAST_BYTES.wrapped),
  };
  const unitsOf = ({ announcement: { prices }, lacks }: Chosen) =>
    lacks === undefined ? priceOfKind(prices, kind, sizeBytes, request) : null;
  return {
    exactly(chosen) {
      const units = unitsOf(chosen);
      if (units === null) return chosen.priceUnits;
      return grossUnits(units, chosen.announcement.ilpAddress ?? "");
    },
    announced(chosen) {
      const units = unitsOf(chosen);
      if (units === null) return undefined;
      const { prices, createdAtS, expiresAtS } = chosen.announcement;
      const increment = mode === "metered"
        ? prices.find((price) => price.kind === kind)?.increment
        : undefined;
      const { wholeUnits, partUnits } = quotedParts(units, { mode, increment, isPrivate }, least);
      return {
        units,
        atS: createdAtS,
        untilS: expiresAtS,
        promisedUnits: wholeUnits,
        firstUnits: partUnits,
        ...increment !== undefined && { increment },
      };
    },
  };
}
