/**
 * Decides in which payment mode a provider quotes a request, and for what. The same rules hold for a quote in a refusal and on a relay.
 *
 * @module
 */
import type { NostrEvent } from "../protocols/nostr/event.ts";
import { type QuotedMode, wantedMode } from "../protocols/nostr/job_quote.ts";
import { answersKeyOf } from "../protocols/nostr/private_job.ts";
import { mostTokens } from "../protocols/nostr/token_price.ts";
import type { Store } from "../store/store.ts";
import type { Admission, AdmissionRules } from "./admission.ts";
import { allowsMode, type KindPrice } from "./announcement.ts";
import { mayBeOwed } from "./quotes/on_delivery.ts";
import type { QuoteOffers, QuoteWish } from "./quotes/quote_offers.ts";

/** Why a request gets no quote. */
interface NoQuote {
  readonly code: "mode_not_offered" | "owes_payment";
  readonly message: string;
}

/** What deciding needs. */
interface QuoteWishDeps {
  readonly rules: Pick<AdmissionRules, "prices">;
  readonly offers: Pick<QuoteOffers, "meters" | "sellsOnDelivery">;
  readonly store: Pick<Store, "sealedDebts">;
  readonly nowMs: number;
}

/** What a buyer is told that has not paid for sealed results. */
export const OWES =
  "you have not paid for earlier results: until you do, only jobs that are paid upfront are accepted";

/** What the quote is for, or why there is none. */
export async function quoteWish(
  event: NostrEvent,
  { request: { expiresAtS }, priceUnits }: Exclude<Admission, { readonly fault: unknown }>,
  { rules, offers, store, nowMs }: QuoteWishDeps,
): Promise<QuoteWish | NoQuote> {
  const mode = wantedMode(event);
  const price = rules.prices.find(({ kind }) => kind === event.kind) ?? {};
  const { increment, tokens: rates }: Partial<KindPrice> = price;
  if (priceUnits > 0n && !allowsMode(price, mode)) return notOffered(HOW[mode]);
  if (mode === "metered" && (increment === undefined || !offers.meters)) {
    return notOffered(HOW[mode]);
  }
  if (mode === "on-delivery") {
    if (!offers.sellsOnDelivery(priceUnits, answersKeyOf(event) !== null)) {
      return notOffered(HOW[mode]);
    }
    if (mayBeOwed(await store.sealedDebts(event.pubkey, nowMs)) === 0) {
      return { code: "owes_payment", message: OWES };
    }
  }
  const tokens = rates && { ...rates, most: mostTokens(event, rates.mostOutput) };
  return { expiresAtS, priceUnits, mode, increment, tokens };
}

/** How the modes are called in a refusal. */
const HOW: Readonly<Record<QuotedMode, string>> = {
  "upfront": "upfront",
  "on-delivery": "on delivery",
  "metered": "by increments",
};

/** The refusal of a payment mode that the provider does not offer for such a job. */
export function notOffered(how: string): NoQuote {
  const message = `this provider does not offer payment ${how} for such a job`;
  return { code: "mode_not_offered", message };
}
