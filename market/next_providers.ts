/**
 * The providers that are asked next if the first one does not do the job.
 *
 * @see docs/money.md#failover
 * @module
 */
import type { Candidate } from "../store/store.ts";
import type { Chosen } from "./choose_provider.ts";
import { unaskedTimes } from "./best_quote.ts";
import type { ExactPrices } from "./exact_prices.ts";

/** Asking one costs another write of the request. */
const MAX_CANDIDATES = 3;

/** How the job is paid. */
interface Paying {
  /** The mode whose prices only a quote states. Null if the announced price may be paid. */
  readonly byQuote: "on-delivery" | "metered" | null;
  readonly isPrivate: boolean;
  /** The most that a provider is paid without a bid. Default: what it announces. */
  readonly unaskedUnits: bigint | undefined;
  /** The exact prices that providers announce for this request. */
  readonly exact: ExactPrices;
  /** Whether a provider may be paid this much before its result. */
  readonly mayHave: (chosen: Chosen, units: bigint) => boolean;
}

/** The first of the others that may be paid, in order. If only a quote states the price, they must give quotes. */
export function nextProviders(
  others: readonly Chosen[],
  { byQuote, exact, mayHave }: Paying,
): Chosen[] {
  return others.filter((other) =>
    byQuote === null
      ? mayHave(other, exact.exactly(other))
      : other.announcement.offer?.quotes === true
  ).slice(0, MAX_CANDIDATES);
}

/** What is stored of one of them. */
export function candidateOf(
  chosen: Chosen,
  { byQuote, isPrivate, unaskedUnits, exact }: Paying,
): Candidate {
  const { announcement: { pubkey, ilpAddress }, priceUnits } = chosen;
  const announced = exact.announced(chosen);
  const at = {
    provider: pubkey,
    payTo: ilpAddress ?? "",
    ...announced !== undefined && { announced },
  };
  if (byQuote === null) return { ...at, priceUnits: exact.exactly(chosen) };
  const mostUnits = unaskedUnits ?? priceUnits * unaskedTimes(byQuote, isPrivate);
  return { ...at, priceUnits, mostUnits };
}
