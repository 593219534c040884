/**
 * Quotes as `crosstown job quote` prints them. Pure.
 *
 * @module
 */
import type { QuoteAnswer } from "../../market/quotes/ask_quotes.ts";
import type { TokenTerms } from "../../protocols/nostr/token_price.ts";
import { type Asset, formatUnits } from "../../protocols/ilp/asset.ts";
import { alignedText, printableLine } from "../../shell/output.ts";

/** A quote as it is printed; null if the provider gave none. */
interface ShownQuote {
  readonly provider: string;
  readonly quote_id: string | null;
  readonly price_units: bigint | null;
  /** For a job on delivery: the part that is paid before the run. */
  readonly deposit_units: bigint | null;
  /** For a metered job: the price of an increment, and its run time or its output. The price of the quote is the sum of all increments. */
  readonly increment_units: bigint | null;
  readonly increment_s: number | null;
  readonly increment_kib: number | null;
  /** The tokens that the price includes at most, and what 1,000 of them cost. Null if the price does not depend on tokens. */
  readonly tokens: ShownTokenTerms | null;
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

/** A price by tokens as it is printed. */
interface ShownTokenTerms {
  readonly input_units: bigint;
  readonly output_units: bigint;
  readonly most_input: number;
  readonly most_output: number;
}

function shownTerms({ inputUnits, outputUnits, most }: TokenTerms): ShownTokenTerms {
  return {
    input_units: inputUnits,
    output_units: outputUnits,
    most_input: most.input,
    most_output: most.output,
  };
}

/** The answers, the cheapest first. Providers that refused come last. */
export function shownQuotes(answers: readonly QuoteAnswer[]): ShownQuote[] {
  return answers.map(shownQuote).sort(byPrice);
}

function shownQuote({ provider, id, quote, reason, tookMs }: QuoteAnswer): ShownQuote {
  const { increment } = quote ?? {};
  const time = (atS: number | undefined) =>
    atS === undefined ? null : new Date(atS * 1_000).toISOString();
  return {
    provider,
    quote_id: id,
    price_units: quote?.priceUnits ?? null,
    deposit_units: quote?.mode === "on-delivery" ? quote.depositUnits : null,
    increment_units: increment === undefined ? null : quote?.depositUnits ?? null,
    increment_s: increment?.unit === "second" ? increment.size : null,
    increment_kib: increment?.unit === "kib" ? increment.size : null,
    tokens: quote?.tokens === undefined ? null : shownTerms(quote.tokens),
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
  { price_units: price, increment_units: increment, deposit_units: deposit, ...quote }: ShownQuote,
  asset: Asset,
): string {
  if (price === null) return "-";
  // Only a job that is paid on delivery gets back what it does not use.
  const { increment_s: seconds, increment_kib: kib, tokens, payment_mode: mode } = quote;
  const most = tokens !== null && mode === "on-delivery" ? "at most " : "";
  const first = deposit === null ? "" : `, ${formatUnits(deposit, asset)} first`;
  if (increment === null) return `${most}${formatUnits(price, asset)}${first}`;
  return `${formatUnits(increment, asset)} for ${kib === null ? `${seconds} s` : `${kib} KiB`}`;
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
