/**
 * What a buyer learns from a quote that it reads on a relay. It is checked like one in a refusal.
 *
 * @see docs/money.md#quotes
 * @module
 */
import type { NostrEvent, UnsignedEvent } from "../../protocols/nostr/event.ts";
import { type Quote, QuoteError, readQuote, wantedMode } from "../../protocols/nostr/job_quote.ts";
import type { JobRow } from "../../store/job_row.ts";
import { checkOfferedQuote } from "./check_quote.ts";

/** The buyer's network, and the time. */
interface Checking {
  readonly asset: Quote["asset"];
  readonly chain: Quote["chain"];
  readonly nowS: number;
}

/**
 * `quote_condition` of a quote that binds its provider and is paid upfront, or why the quote is refused. Nothing is known of a quote that was
 * valid and has expired: it binds nobody, and still says what the provider asks.
 */
export function quoteFacts(
  event: NostrEvent,
  { request, eventId }: Pick<JobRow, "request" | "eventId">,
  { asset, chain, nowS }: Checking,
): { readonly quote_condition?: string } | {
  readonly code: QuoteError["code"];
  readonly message: string;
} {
  // The buyer's own row is JSON.
  const asked = JSON.parse(new TextDecoder().decode(request)) as UnsignedEvent;
  try {
    const quote = readQuote(event);
    const { pubkey: provider } = event;
    checkOfferedQuote(quote, {
      request: { ...asked, id: eventId as NostrEvent["id"] },
      provider,
      // The buyer has not decided where to pay: a provider without an announcement names its address only here.
      ilpAddress: quote.ilpAddress,
      asset,
      chain,
      nowS,
    });
    if (quote.mode !== wantedMode(asked)) {
      throw new QuoteError("wrong_terms", "the quote is in another payment mode than the request");
    }
    // Other modes are paid only by quotes that were taken before the request was written.
    return quote.mode === "upfront" ? { quote_condition: quote.condition } : {};
  } catch (error) {
    if (!(error instanceof QuoteError)) throw error;
    const { code, message } = error;
    return code === "quote_expired" ? {} : { code, message };
  }
}
