/**
 * `crosstown job quote`: asks providers for binding prices.
 *
 * @module
 */
import { codeOf, messageOf } from "../../base/thrown.ts";
import { createSupervisor } from "../../home/workers/supervisor.ts";
import type { PlannedJob } from "../../market/plan_job.ts";
import type { QuoteAnswer } from "../../market/quotes/ask_quotes.ts";
import { type Asset, formatUnits } from "../../protocols/ilp/asset.ts";
import { unlessAborted } from "../../base/until_aborted.ts";
import type { Invocation } from "../../shell/command.ts";
import { CommandError } from "../../shell/errors.ts";
import { openHomeClient } from "../../shell/home/home_client.ts";
import { configOf } from "../../shell/home/load_config.ts";
import { bannerOf } from "../../shell/home/money_banner.ts";
import { alignedText, printable } from "../../shell/output.ts";
import { planWith } from "./job_making.ts";
import { largestInput, referredInput } from "./job_blob.ts";
import { openMarket } from "./job_market.ts";
import { jobFlags } from "./job_flags.ts";
import { privately } from "./private_job.ts";

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

/** The limit for quotes: no price is too high to be shown. */
const ANY_PRICE = 2n ** 63n;

/** Prints the answers, the cheapest first. Exit 1 if no quote is valid. */
export async function jobQuote(invocation: Invocation): Promise<number> {
  const { output, options, signal } = invocation;
  const config = await configOf(invocation);
  const { files: _files, ...given } = await jobFlags(
    invocation,
    config,
    largestInput(config, invocation.args.required("type"), invocation.options.text("kind")),
  );
  // A quote needs only the request. The input that the request refers to is stored when the job is bought.
  const flags = given.packed === undefined ? given : {
    ...given,
    packed: (await referredInput(given.packed, config, options.on("private"))).packed,
  };
  const windowMs = options.integer("window", { min: 1, max: 30_000 })!;
  await using home = await openHomeClient(invocation, config, {
    buys: true,
    sameNetwork: true,
    sameRelay: true,
  });
  const supervisor = createSupervisor({ log: () => undefined });
  let answers: readonly QuoteAnswer[] = [];
  let planned: PlannedJob | null = null;
  try {
    const market = await openMarket({ supervisor });
    const tell = (came: readonly QuoteAnswer[]) => void (answers = came);
    const asking = { windowMs, tell, unaskedUnits: ANY_PRICE };
    const wanted = privately(flags, options.on("private"), home.about);
    const plan = planWith(home, market, config, wanted, undefined, asking);
    planned = await unlessAborted(signal, plan);
  } catch (error) {
    // Planning can fail after the answers came, e.g. because all prices are above a limit. The prices are printed nevertheless.
    if (answers.length === 0 || codeOf(error) === undefined) throw error;
    await output.warn(messageOf(error));
  } finally {
    await supervisor.stop(0);
  }
  if (answers.length === 0) {
    throw new CommandError(
      "no_quotes",
      "no provider that fits gives quotes",
      "see the announced prices with 'crosstown provider list'",
    );
  }
  const quotes = answers.map(shownQuote).sort(byPrice);
  const { asset } = config.profile;
  await output.document(
    "job-quotes",
    { write_units: planned?.writeUnits ?? null, quotes },
    () => `${bannerOf(config)}\n${quotesText(quotes, asset)}`,
    quotes.map((each) => ({ ...each })),
  );
  return quotes.some(({ quote_id: id }) => id !== null) ? 0 : 1;
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

/** Providers that refused come last. */
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

function quotesText(quotes: readonly ShownQuote[], asset: Asset): string {
  return alignedText([
    ["PROVIDER", "PRICE", "PAYMENT", "VALID UNTIL", "TOOK", "QUOTE"],
    ...quotes.map((each) => [
      each.provider.slice(0, 12),
      priceText(each, asset),
      each.payment_mode ?? "-",
      each.valid_until ?? "-",
      `${each.took_ms} ms`,
      each.quote_id?.slice(0, 12) ?? printable(each.reason ?? "").slice(0, 60),
    ]),
  ]);
}
