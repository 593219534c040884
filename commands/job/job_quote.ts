/**
 * `crosstown job quote`: asks providers for binding prices.
 *
 * @module
 */
import { codeOf, messageOf } from "../../base/thrown.ts";
import type { PlannedJob } from "../../market/plan_job.ts";
import type { QuoteAnswer } from "../../market/quotes/ask_quotes.ts";
import { unlessAborted } from "../../base/until_aborted.ts";
import type { Invocation } from "../../shell/command.ts";
import { CommandError } from "../../shell/errors.ts";
import { openHomeClient } from "../../shell/home/home_client.ts";
import { configOf } from "../../shell/home/load_config.ts";
import { bannerOf } from "../../shell/home/money_banner.ts";
import { planWith } from "./job_making.ts";
import { largestInput, referredInput } from "./job_blob.ts";
import { marketOf, OwnMarket, startIfCompared } from "./open_market.ts";
import { quotesText, shownQuotes } from "./quote_text.ts";
import { jobFlags } from "./job_flags.ts";
import { privately } from "./private_job.ts";

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
    packed: (await referredInput(given.packed, config, options.on("private"), output)).packed,
  };
  const windowMs = options.integer("window", { min: 1, max: 30_000 })!;
  await using home = await openHomeClient(invocation, config, {
    buys: true,
    sameNetwork: true,
    sameRelay: true,
  });
  await using own = new OwnMarket();
  let answers: readonly QuoteAnswer[] = [];
  let planned: PlannedJob | null = null;
  try {
    const market = marketOf(home, own);
    startIfCompared(home, market);
    const tell = (came: readonly QuoteAnswer[]) => void (answers = came);
    const asking = { windowMs, tell, unaskedUnits: ANY_PRICE, anyStranger: true } as const;
    const wanted = privately(flags, options.on("private"), home.about);
    const plan = planWith(home, market, config, wanted, undefined, asking);
    planned = await unlessAborted(signal, plan);
  } catch (error) {
    // Planning can fail after the answers came, e.g. because all prices are above a limit. The prices are printed nevertheless.
    if (answers.length === 0 || codeOf(error) === undefined) throw error;
    await output.warn(messageOf(error));
  }
  if (answers.length === 0) {
    throw new CommandError(
      "no_quotes",
      "no provider that fits gives quotes",
      "see the announced prices with 'crosstown provider list'",
    );
  }
  const quotes = shownQuotes(answers);
  const { asset } = config.profile;
  await output.document(
    "job-quotes",
    { write_units: planned?.writeUnits ?? null, quotes },
    () => `${bannerOf(config)}\n${quotesText(quotes, asset)}`,
    quotes.map(({ tokens: _tokens, ...each }) => each),
  );
  return quotes.some(({ quote_id: id }) => id !== null) ? 0 : 1;
}
