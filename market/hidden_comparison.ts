/**
 * What keeps providers from knowing that their answers are compared: nobody is asked for a quote twice, and the providers that check another
 * one are drawn by lot. Otherwise somebody with the two cheapest offers would do every job of a challenge alone.
 *
 * @module
 */
import type { Chosen } from "./choose_provider.ts";
import type { QuoteAnswer, QuoteQuestion } from "./quotes/ask_quotes.ts";

/** Asks providers for quotes; the answers are in the order of the questions. */
export type AskForQuotes = (
  questions: readonly QuoteQuestion[],
) => Promise<readonly QuoteAnswer[]>;

/** Asks only the first questions. Later questions to the same providers get the same answers, and later ones to others get none. */
export function askedOnce(quotes: AskForQuotes): AskForQuotes {
  let first: Promise<readonly QuoteAnswer[]> | undefined;
  return async (questions) => {
    const answers = await (first ??= quotes(questions));
    return questions.map(({ provider }) =>
      answers.find((each) => each.provider === provider) ??
        { provider, id: null, quote: null, bytes: null, reason: "it was not asked", tookMs: 0 }
    );
  };
}

/**
 * The candidates in random order. Providers that did not do a recent job still come last.
 *
 * @param random Returns a number of at least 0 and less than 1.
 */
export function drawn(ranked: readonly Chosen[], random: () => number): Chosen[] {
  return ranked.map((chosen) => ({ chosen, lot: random() + (chosen.silent === true ? 1 : 0) }))
    .sort((a, b) => a.lot - b.lot)
    .map(({ chosen }) => chosen);
}
