/**
 * Whether a quote counts, on both sides: the buyer asks before it pays, the provider before it takes the payment and before any compute.
 * Pure. That it is paid once is the obligation's to hold (docs/money.md#obligations), and its amount the packet's.
 *
 * @module
 */
import type { NostrEvent } from "../../protocols/nostr/event.ts";
import { contentHash, type Quote, QuoteError } from "../../protocols/nostr/job_quote.ts";

/** What the provider may have been a moment later than the buyer. */
const SKEW_S = 5;
/** A quote that holds longer is none: a price that is not a price of today. */
const MAX_VALID_S = 3_600;

/**
 * Provider's side: the quote that came with a payment is our own, for this request and its author, and still holds. Throws
 * {@link QuoteError}.
 */
export function checkPaidQuote(
  quote: Quote,
  request: NostrEvent,
  { pubkey, nowS }: { readonly pubkey: string; readonly nowS: number },
): void {
  if (quote.provider !== pubkey) fail("foreign_quote", "the quote is another provider's");
  checkRequest(quote, request);
  if (quote.validUntilS + SKEW_S < nowS) fail("quote_expired", "the quote has expired");
}

/** What a buyer asked for. */
interface Asked {
  readonly request: Pick<NostrEvent, "id" | "pubkey" | "kind" | "tags" | "content">;
  readonly provider: string;
  /** Where the provider's announcement says that it is paid. */
  readonly ilpAddress: string;
  readonly asset: Quote["asset"];
  readonly chain: Quote["chain"];
  readonly nowS: number;
}

/** Buyer's side: the quote is that provider's, for this very request, in our asset, and still holds. Throws {@link QuoteError}. */
export function checkOfferedQuote(quote: Quote, asked: Asked): void {
  const { asset, chain, nowS } = asked;
  if (quote.provider !== asked.provider) fail("foreign_quote", "another key signed the quote");
  checkRequest(quote, asked.request);
  if (quote.asset.code !== asset.code || quote.asset.scale !== asset.scale) {
    fail("wrong_terms", "the quote is in another asset");
  }
  if (
    quote.chain.chainId !== chain.chainId ||
    quote.chain.tokenNetworkAddress.toLowerCase() !== chain.tokenNetworkAddress.toLowerCase()
  ) fail("wrong_terms", "the quote is for another chain");
  if (quote.ilpAddress !== asked.ilpAddress) {
    fail("wrong_terms", "the quote names another ILP address than the announcement");
  }
  if (quote.validUntilS <= nowS) fail("quote_expired", "the quote has expired");
  if (quote.validUntilS > nowS + MAX_VALID_S) fail("wrong_terms", "the quote holds too long");
  if (quote.deadlineS <= nowS) fail("wrong_terms", "the quote's deadline is over");
}

function checkRequest(
  quote: Quote,
  request: Pick<NostrEvent, "id" | "pubkey" | "kind" | "tags" | "content">,
): void {
  if (quote.buyer !== request.pubkey) fail("wrong_buyer", "the quote is for another buyer");
  if (quote.requestId !== request.id || quote.content !== contentHash(request)) {
    fail("wrong_request", "the quote is for another request");
  }
}

function fail(code: QuoteError["code"], message: string): never {
  throw new QuoteError(code, message);
}
