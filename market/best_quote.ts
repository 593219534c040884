/**
 * Which quote is taken: of the providers that fit and quote, the first in the buyer's order, or the cheapest, whose quote came within the
 * window and whose price is within the bid.
 *
 * @module
 */
import type { Chosen } from "./choose_provider.ts";
import type { BuiltRequest } from "./intake.ts";
import { NO_OFFER } from "./offer.ts";
import type { QuoteAnswer, QuoteQuestion } from "./quotes/ask_quotes.ts";
import { mostIncrements, type QuotedMode } from "../protocols/nostr/job_quote.ts";
import { coveredIncrements } from "../protocols/nostr/metered.ts";
import { paidBytes } from "../protocols/nostr/job_payment.ts";

/** What is asked with. */
interface BestQuoteOptions {
  /** The request with the provider's `p` tag. */
  readonly assign: (chosen: Chosen) => Promise<BuiltRequest>;
  readonly quotes: (questions: readonly QuoteQuestion[]) => Promise<readonly QuoteAnswer[]>;
  /** Whether the lowest price wins; else the order of the providers does. */
  readonly cheapest: boolean;
  /** The most bytes of a payment. */
  readonly limitBytes: number;
  /** How it is to be paid. */
  readonly mode: QuotedMode;
  /** What must be sent so that so much arrives. */
  readonly payUnits: (units: bigint, ilpAddress: string) => bigint;
  /** The most that is paid to this provider. */
  readonly mostUnits: (chosen: Chosen) => bigint;
}

/** A quote that is taken. */
interface TakenQuote {
  readonly chosen: Chosen;
  readonly assigned: BuiltRequest;
  readonly answer: QuoteAnswer;
  /** What is sent for it in all. */
  readonly payUnits: bigint;
  /** What of it is sent before the job runs. */
  readonly depositUnits: bigint;
  /** How many increments that covers, of a metered job. */
  readonly increments?: number;
}

/** So many are asked. */
const ASKED = 8;

/** Asks those that quote; null where none does, or no answer counts. What is free needs no quote. Never throws. */
export async function bestQuote(
  ranked: readonly Chosen[],
  { assign, quotes, cheapest, limitBytes, mode, payUnits, mostUnits }: BestQuoteOptions,
): Promise<TakenQuote | null> {
  const quoting = ranked.filter(({ announcement, priceUnits }) =>
    priceUnits > 0n && (announcement.offer ?? NO_OFFER).quotes
  ).slice(0, ASKED);
  const asked = (await Promise.all(
    quoting.map(async (chosen) => ({ chosen, assigned: await assign(chosen) })),
  )).filter(({ assigned: { request } }) => paidBytes(request) <= limitBytes);
  if (asked.length === 0) return null;
  let answers: readonly QuoteAnswer[];
  try {
    answers = await quotes(asked.map(({ chosen: { announcement }, assigned: { request } }) => ({
      provider: announcement.pubkey,
      ilpAddress: announcement.ilpAddress ?? "",
      request,
    })));
  } catch {
    // Whoever cannot ask pays what was announced.
    return null;
  }
  const good = asked.flatMap(({ chosen, assigned }, at): TakenQuote[] => {
    const answer = answers[at];
    if (!answer?.quote || answer.quote.requestId !== assigned.eventId) return [];
    const { quote } = answer;
    if (quote.mode !== mode) return [];
    const depositUnits = payUnits(quote.depositUnits, quote.ilpAddress);
    if (quote.mode === "metered") {
      const most = mostIncrements(quote);
      const increments = coveredIncrements(mostUnits(chosen), depositUnits, most);
      const payUnits = depositUnits * BigInt(increments);
      return increments === 0
        ? []
        : [{ chosen, assigned, answer, payUnits, depositUnits, increments }];
    }
    const restUnits = quote.priceUnits - quote.depositUnits;
    const units = depositUnits + payUnits(restUnits, quote.ilpAddress);
    if (units > mostUnits(chosen)) return [];
    return [{ chosen, assigned, answer, payUnits: units, depositUnits }];
  });
  // Of equals the first in the buyer's order. Who did not take a job lately comes after all others, however little it asks.
  if (cheapest) {
    good.sort((a, b) =>
      Number(a.chosen.silent === true) - Number(b.chosen.silent === true) ||
      byPrice(a, b)
    );
  }
  return good[0] ?? null;
}

/** The lower price first; of increments the one that costs less a second. */
function byPrice(a: TakenQuote, b: TakenQuote): number {
  const cost = ({ payUnits, depositUnits, increments }: TakenQuote, other: TakenQuote) =>
    increments === undefined
      ? payUnits
      : depositUnits * BigInt(other.answer.quote?.incrementS ?? 1);
  const [own, others] = [cost(a, b), cost(b, a)];
  return own < others ? -1 : own > others ? 1 : 0;
}
