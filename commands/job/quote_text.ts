/**
 * Quotes as `crosstown job quote` prints them. Pure.
 *
 * @module
 */
import type { QuoteAnswer } from "../../market/quotes/ask_quotes.ts";
import { type Asset, formatUnits } from "../../protocols/ilp/asset.ts";
import { alignedText, printableLine } from "../../shell/output.ts";

/** A quote as it is printed; null if the provider gave none. */
interface ShownQuote {
  readonly provider: string;
  readonly quote_id: string | null;
  readonly price_units: bigint | null;
  /** For a metered job: the price of an increment and its run time. The price of the quote is the sum of all increments. */
  readonly increment_units: bigint | null;
  readonly increment_s: number | null;
  readonly asset: string | null;
  readonly scale: number | null;
  readonly chain_id: number | null;
  readonly payment_mode: string | null;
  readonly ilp_address: string | null;
  readonly condition: string | null;
  readonly valid_until: string | null;
  readonly deadline: string | null;
  readonly took_ms: number;
  /** Why the provider gave no quote. */
  readonly reason: string | null;
}

/** The answers, the cheapest first. Providers that refused come last. */
export function shownQuotes(answers: readonly QuoteAnswer[]): ShownQuote[] {
  return answers.map(shownQuote).sort(byPrice);
}

function shownQuote({ provider, id, quote, reason, tookMs }: QuoteAnswer): ShownQuote {
  const time = (atS: number | undefined) =>
    atS === undefined ? null : new Date(atS * 1_000).toISOString();
  return {
    provider,
    quote_id: id,
    price_units: quote?.priceUnits ?? null,
    increment_units: quote?.incrementS === undefined ? null : quote.depositUnits,
    increment_s: quote?.incrementS ?? null,
    asset: quote?.asset.code ?? null,
    scale: quote?.asset.scale ?? null,
    chain_id: quote?.chain.chainId ?? null,
    payment_mode: quote?.mode ?? null,
    ilp_address: quote?.ilpAddress ?? null,
    condition: quote?.condition ?? null,
    valid_until: time(quote?.validUntilS),
    deadline: time(quote?.deadlineS),
    took_ms: Math.round(tookMs),
    reason,
  };
}

function byPrice(a: ShownQuote, b: ShownQuote): number {
  if (a.price_units === null || b.price_units === null) {
    return Number(a.price_units === null) - Number(b.price_units === null);
  }
  return a.price_units < b.price_units ? -1 : a.price_units > b.price_units ? 1 : 0;
}

function priceText(
  { price_units: price, increment_units: increment, increment_s: seconds }: ShownQuote,
  asset: Asset,
): string {
  if (price === null) return "-";
  return increment === null
    ? formatUnits(price, asset)
    : `${formatUnits(increment, asset)} for ${seconds} s`;
}

/** One line for each quote; for a provider that gave none, its reason. */
export function quotesText(quotes: readonly ShownQuote[], asset: Asset): string {
  return alignedText([
    ["PROVIDER", "PRICE", "PAYMENT", "VALID UNTIL", "TOOK", "QUOTE"],
    ...quotes.map((each) => [
      each.provider.slice(0, 12),
      priceText(each, asset),
      each.payment_mode ?? "-",
      each.valid_until ?? "-",
      `${each.took_ms} ms`,
      each.quote_id?.slice(0, 12) ?? printableLine(each.reason ?? "").slice(0, 60),
    ]),
  ]);
}
