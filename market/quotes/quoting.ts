/**
 * Gives a signed quote for each unpaid request that the provider would accept. Nothing is stored and nothing is reserved: the buyer sends
 * the quote with its payment, and the receipt is then computed again.
 *
 * Asking costs nothing, so the number of answers is limited. There is one bucket for all strangers together, and another for buyers who
 * paid since the provider started (the last {@link MAX_KNOWN} of them). So a crowd of strangers does not delay paying buyers. Payments are
 * not limited by either bucket.
 *
 * @module
 */
import { RateLimit } from "../../base/rate_limit.ts";
import type { NostrEvent } from "../../protocols/nostr/event.ts";
import type { Signer } from "../../money/signer/signer.ts";
import { type QuoteOffers, quoteOffers, type QuoteTerms, type QuoteWish } from "./quote_offers.ts";

/** Makes quotes. */
export interface Quoting extends Omit<QuoteOffers, "offer"> {
  /** The signed quote. Null if too many ask now. */
  quote(event: NostrEvent, wish: QuoteWish): Promise<NostrEvent | null>;
  /** Whether this buyer has paid since the provider started. */
  knows(buyer: string): boolean;
  /** Records that this buyer pays, so that its questions have precedence over those of strangers. */
  paid(buyer: string): void;
}

/** How long a quote can be paid, in seconds. */
const VALID_S = 120;
const MAX_KNOWN = 4_096;
/** The most questions at once and in a second. Each needs one signature to be checked and one to be made. */
const STRANGERS = [20, 10] as const;
const KNOWN = [40, 20] as const;

/** Makes the quotes of a provider. */
export function quoting(
  terms: QuoteTerms,
  { pubkey, signer, clock }: {
    readonly pubkey: string;
    readonly signer: Pick<Signer, "signEvents" | "packetFulfilments">;
    readonly clock: () => number;
  },
): Quoting {
  const strangers = new RateLimit(...STRANGERS);
  const known = new RateLimit(...KNOWN);
  const buyers = new Set<string>();
  const { offer, ...offers } = quoteOffers(terms, { pubkey, signer });
  return {
    ...offers,
    knows: (buyer) => buyers.has(buyer),
    paid(buyer) {
      buyers.delete(buyer);
      buyers.add(buyer);
      if (buyers.size > MAX_KNOWN) buyers.delete(buyers.values().next().value!);
    },
    async quote(event, wish) {
      const nowMs = clock();
      const limit = buyers.has(event.pubkey) ? known : strangers;
      if (!limit.take(nowMs)) return null;
      const nowS = Math.floor(nowMs / 1_000);
      const [signed] = await signer.signEvents([
        await offer(event, wish, { nowS, validS: VALID_S }),
      ]);
      return signed;
    },
  };
}
