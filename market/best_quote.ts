/**
 * Chooses a quote. Of the providers that fit and sent a quote within the time window and within the bid, it takes the first one in the
 * buyer's order, or the cheapest.
 *
 * @module
 */
import { smaller } from "../base/amount.ts";
import type { Chosen } from "./choose_provider.ts";
import type { BuiltRequest } from "./intake.ts";
import { NO_OFFER } from "./offer.ts";
import type { QuoteAnswer, QuoteQuestion } from "./quotes/ask_quotes.ts";
import { mostIncrements, type QuotedMode } from "../protocols/nostr/job_quote.ts";
import { coveredIncrements } from "../protocols/nostr/metered.ts";
import { type AnnouncedPrice, risksNoMore } from "../protocols/nostr/announced_price.ts";
import { paidBytes } from "../protocols/nostr/job_payment.ts";

/** What the choice of a quote needs. */
interface BestQuoteOptions {
  /** Adds the provider's `p` tag to the request. */
  readonly assign: (chosen: Chosen) => Promise<BuiltRequest>;
  readonly quotes: (questions: readonly QuoteQuestion[]) => Promise<readonly QuoteAnswer[]>;
  /** True if the lowest price is taken; false if the order of the providers decides. */
  readonly cheapest: boolean;
  /** The largest payment, in bytes. */
  readonly limitBytes: number;
  /** How the job will be paid. */
  readonly mode: QuotedMode;
  /** Whether a provider may be paid this much before its result. Default: it may. */
  readonly mayHave?: (chosen: Chosen, upfrontUnits: bigint) => boolean;
  /** Whether a provider serves this buyer, as far as that is known without a quote. Default: it does. */
  readonly serves?: (chosen: Chosen) => boolean;
  /** The amount that must be sent so that `units` arrive. */
  readonly payUnits: (units: bigint, ilpAddress: string) => bigint;
  /** The most that the buyer pays this provider. */
  readonly mostUnits: (chosen: Chosen) => bigint;
  /** What the provider announced for this request. */
  readonly announced: (chosen: Chosen, assigned: BuiltRequest) => AnnouncedPrice | undefined;
}

/** The quote that was chosen. */
interface TakenQuote {
  readonly chosen: Chosen;
  readonly assigned: BuiltRequest;
  readonly answer: QuoteAnswer;
  /** The whole amount that is sent for it. */
  readonly payUnits: bigint;
  /** The part of it that is sent before the job runs. */
  readonly depositUnits: bigint;
  /** How many increments the amount covers, if the job is metered. */
  readonly increments?: number;
}

/** The most providers that are asked. */
const ASKED = 8;

/** Quotes in the wanted mode, none of which can be taken. */
interface DearQuotes {
  /**
   * The least that the buyer must pay a provider for one of them; of a metered job, one increment. Null if none of them costs more than the
   * buyer pays: they ask for too much before the job runs.
   */
  readonly leastUnits: bigint | null;
}

/**
 * Asks the providers that give quotes. Null if none does, or if no answer is acceptable. A free job needs no quote, so the result is also
 * null if the first provider in the buyer's order takes nothing. Never throws.
 */
export async function bestQuote(
  ranked: readonly Chosen[],
  {
    assign,
    quotes,
    cheapest,
    limitBytes,
    mode,
    payUnits,
    mostUnits,
    announced,
    mayHave = () => true,
    serves = () => true,
  }: BestQuoteOptions,
): Promise<TakenQuote | DearQuotes | null> {
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
      ...announcement.moreAddresses && { moreAddresses: announcement.moreAddresses },
      request,
    })));
  } catch {
    // A buyer that cannot ask for quotes pays the announced price.
    return null;
  }
  const [first] = ranked;
  if (mode === "upfront" && first.priceUnits === 0n && serves(first)) return null;
  let leastUnits: bigint | null = null;
  const dear = (units: bigint): [] => {
    leastUnits = leastUnits === null ? units : smaller(leastUnits, units);
    return [];
  };
  let someUnfair = false;
  const unfair = (): [] => {
    someUnfair = true;
    return [];
  };
  const good = asked.flatMap(({ chosen, assigned }, at): TakenQuote[] => {
    const answer = answers[at];
    if (!answer?.quote || answer.quote.requestId !== assigned.eventId) return [];
    const { quote } = answer;
    if (quote.mode !== mode) return [];
    const depositUnits = payUnits(quote.depositUnits, quote.ilpAddress);
    const isFair = risksNoMore(quote, announced(chosen, assigned), mostUnits(chosen));
    if (quote.mode === "metered") {
      const most = mostIncrements(quote);
      const increments = coveredIncrements(mostUnits(chosen), depositUnits, most);
      const payUnits = depositUnits * BigInt(increments);
      if (increments === 0) return dear(depositUnits);
      if (!isFair) return unfair();
      return !mayHave(chosen, depositUnits)
        ? []
        : [{ chosen, assigned, answer, payUnits, depositUnits, increments }];
    }
    const restUnits = quote.priceUnits - quote.depositUnits;
    const units = depositUnits + payUnits(restUnits, quote.ilpAddress);
    if (units > mostUnits(chosen)) return dear(units);
    if (!isFair) return unfair();
    if (!mayHave(chosen, depositUnits)) return [];
    return [{ chosen, assigned, answer, payUnits: units, depositUnits }];
  });
  // Equal prices keep the buyer's order. Providers that did not accept a recent job come last, whatever their price.
  if (cheapest) {
    good.sort((a, b) =>
      Number(a.chosen.silent === true) - Number(b.chosen.silent === true) ||
      byPrice(a, b)
    );
  }
  if (good.length > 0) return good[0];
  return leastUnits !== null || someUnfair ? { leastUnits } : null;
}

/**
 * Without a bid, a buyer pays at most this many times the price by which the providers were ordered. That is the announced price, of a metered
 * job a quarter of it. A private job that is paid in parts may cost twice as much, because its first part pays for the wrap of its result.
 */
export function unaskedTimes(mode: "on-delivery" | "metered" | null, isPrivate: boolean): bigint {
  const times = mode === "metered" ? 4n : 1n;
  return mode !== null && isPrivate ? 2n * times : times;
}

/** The lower price comes first. Metered quotes are compared by their price for each second or KiB. Those by run time come before those by output. */
function byPrice(a: TakenQuote, b: TakenQuote): number {
  const unit = ({ answer }: TakenQuote) => Number(answer.quote?.increment?.unit === "kib");
  if (unit(a) !== unit(b)) return unit(a) - unit(b);
  const cost = ({ payUnits, depositUnits, increments }: TakenQuote, other: TakenQuote) =>
    increments === undefined
      ? payUnits
      : depositUnits * BigInt(other.answer.quote?.increment?.size ?? 1);
  const [own, others] = [cost(a, b), cost(b, a)];
  return own < others ? -1 : own > others ? 1 : 0;
}
