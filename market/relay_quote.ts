/**
 * A provider's answer on a relay to a request that names it and was not paid: its binding quote, or why there is none. The quote is the same
 * as in a refusal, and valid for longer, because a customer that reads a relay gets it later.
 *
 * @see docs/money.md#quotes
 * @module
 */
import { type Asset, formatUnits } from "../protocols/ilp/asset.ts";
import type { NostrEvent, UnsignedEvent } from "../protocols/nostr/event.ts";
import type { Store } from "../store/store.ts";
import { type AdmissionRules, admit } from "./admission.ts";
import { signedBytes } from "./job_request.ts";
import { type QuoteOffers, quoteOffers, type QuoteTerms } from "./quotes/quote_offers.ts";
import { quoteWish } from "./quote_wish.ts";

/** How long it may be paid, in seconds. */
const VALID_S = 600;

/** What making it needs. */
interface RelayQuoteOptions {
  readonly terms: QuoteTerms;
  readonly rules: AdmissionRules;
  readonly signer: Parameters<typeof quoteOffers>[1]["signer"];
  readonly store: Pick<Store, "sealedDebts">;
  /** The tag that names the announcement. */
  readonly announcement: string[];
  readonly asset: Asset;
  readonly nowMs: number;
}

/** The quote for a verified request, for the provider's signer; or why there is none. */
export async function relayQuote(
  event: NostrEvent,
  options: RelayQuoteOptions,
): Promise<UnsignedEvent | { readonly code: string; readonly message: string }> {
  const { terms, rules, signer, store, announcement, asset, nowMs } = options;
  const admission = admit(event, signedBytes(event), rules, nowMs);
  if ("fault" in admission) return { code: admission.fault, message: admission.message };
  const offers: QuoteOffers = quoteOffers(terms, { pubkey: rules.pubkey, signer });
  const wish = await quoteWish(event, admission, { rules, offers, store, nowMs });
  if ("code" in wish) return wish;
  const price = formatUnits(wish.priceUnits, asset);
  const info =
    `${price} at ${terms.ilpAddress}: pay by an ILP packet whose data is this request and this quote, signed`;
  const published = { info, extraTags: [announcement] };
  return await offers.offer(event, wish, {
    nowS: Math.floor(nowMs / 1_000),
    validS: VALID_S,
    published,
  });
}
