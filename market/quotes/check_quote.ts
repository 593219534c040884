/**
 * Checks quotes on both sides: the buyer before it pays, the provider before it accepts the payment and before any work. Pure. The
 * obligation ensures that a quote is paid only once (docs/money.md#obligations), and the packet carries the amount.
 *
 * @module
 */
import type { NostrEvent } from "../../protocols/nostr/event.ts";
import { mostTokens, type TokenCount } from "../../protocols/nostr/token_price.ts";
import { contentHash, type Quote, QuoteError } from "../../protocols/nostr/job_quote.ts";

/** The tolerated delay between buyer and provider, in seconds. */
const SKEW_S = 5;
/** The longest validity of a quote, in seconds. A longer one is refused, because its price may no longer be current. */
const MAX_VALID_S = 3_600;

/**
 * Provider's side: checks that the quote in a payment is this provider's own, is for this request and its author, and is still valid.
 * Throws {@link QuoteError}.
 */
export function checkPaidQuote(
  quote: Quote,
  request: NostrEvent,
  { pubkey, nowS }: { readonly pubkey: string; readonly nowS: number },
): void {
  if (quote.provider !== pubkey) fail("foreign_quote", "the quote is from another provider");
  checkRequest(quote, request);
  if (quote.validUntilS + SKEW_S < nowS) fail("quote_expired", "the quote has expired");
}

/** What the buyer asked for. */
interface Asked {
  readonly request: Pick<NostrEvent, "id" | "pubkey" | "kind" | "tags" | "content">;
  readonly provider: string;
  /** The ILP address in the provider's announcement. */
  readonly ilpAddress: string;
  readonly asset: Quote["asset"];
  readonly chain: Quote["chain"];
  readonly nowS: number;
}

/**
 * Buyer's side: checks that the quote is from that provider, is for exactly this request, is in the network's asset, and is still valid.
 * Throws {@link QuoteError}.
 */
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
  if (quote.tokens !== undefined && isAbove(quote.tokens.most, asked.request)) {
    fail("wrong_terms", "the quote is for more tokens than the request can use");
  }
  if (quote.validUntilS <= nowS) fail("quote_expired", "the quote has expired");
  if (quote.validUntilS > nowS + MAX_VALID_S) {
    fail("wrong_terms", "the quote is valid for too long");
  }
  if (quote.deadlineS <= nowS) fail("wrong_terms", "the quote's deadline has passed");
}

/** Whether a price includes tokens that the request cannot use. */
function isAbove({ input, output }: TokenCount, request: Asked["request"]): boolean {
  const most = mostTokens(request, Number.MAX_SAFE_INTEGER);
  return input > most.input || output > most.output;
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
