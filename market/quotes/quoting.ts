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
import { sha256 } from "@noble/hashes/sha2.js";
import { larger } from "../../base/amount.ts";
import { RateLimit } from "../../base/rate_limit.ts";
import { conditionOf } from "../../protocols/ilp/condition.ts";
import type { NostrEvent, Pubkey } from "../../protocols/nostr/event.ts";
import type { Signer } from "../../money/signer/signer.ts";
import {
  contentHash,
  type Quote,
  type QuotedMode,
  quoteEvent,
} from "../../protocols/nostr/job_quote.ts";

/** The fields that all quotes of a provider have in common. */
export interface QuoteTerms {
  readonly asset: Quote["asset"];
  readonly chain: Quote["chain"];
  readonly ilpAddress: string;
  /** The price of publishing the smallest result, in decimal. Absent if this provider sells nothing on delivery. */
  readonly leastDepositUnits?: string;
}

/** What a quote is asked for. */
interface QuoteWish {
  readonly expiresAtS: number | null;
  readonly priceUnits: bigint;
  readonly mode: QuotedMode;
  /** The run time that one increment buys, in seconds, if the job is metered. */
  readonly incrementS?: number;
}

/** Makes quotes. */
export interface Quoting {
  /** The signed quote. Null if too many ask now. */
  quote(event: NostrEvent, wish: QuoteWish): Promise<NostrEvent | null>;
  /** Whether a job of this price can be paid on delivery: the deposit must be less than the price. */
  sellsOnDelivery(priceUnits: bigint): boolean;
  /** Whether jobs can be paid while they run. */
  readonly meters: boolean;
  /** The fulfilment of every quote for this request, except those paid on delivery. */
  receipt(requestId: string): Promise<Uint8Array>;
  /** Records that this buyer pays, so that its questions have precedence over those of strangers. */
  paid(buyer: string): void;
}

/** How long a quote can be paid, in seconds. */
const VALID_S = 120;
/** The deadline of the result if the request names none, in seconds. */
const RESULT_S = 300;
const MAX_KNOWN = 4_096;
/** The most questions at once and in a second. Each needs one signature to be checked and one to be made. */
const STRANGERS = [20, 10] as const;
const KNOWN = [40, 20] as const;

/** The key to the sealed result of a request. It is always the same, and only this provider can compute it. */
export function deliveryKey(
  signer: Pick<Signer, "packetFulfilments">,
  pubkey: string,
  requestId: string,
): Promise<Uint8Array> {
  return ownSecret(signer, pubkey, `crosstown delivery key ${requestId}`);
}

/** A secret from the provider's shared secret with itself, which nobody else can compute. */
async function ownSecret(
  signer: Pick<Signer, "packetFulfilments">,
  pubkey: string,
  words: string,
): Promise<Uint8Array> {
  const dataSha256 = sha256(new TextEncoder().encode(words));
  const [made] = await signer.packetFulfilments([{ peer: pubkey, dataSha256 }]);
  return made;
}

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
  const least = terms.leastDepositUnits === undefined ? null : BigInt(terms.leastDepositUnits);
  const receipt = (requestId: string) =>
    ownSecret(signer, pubkey, `crosstown quote receipt ${requestId}`);
  const deposit = (priceUnits: bigint) => larger(least ?? 0n, (priceUnits + 3n) / 4n);
  const sellsOnDelivery = (priceUnits: bigint) =>
    least !== null && deposit(priceUnits) < priceUnits;
  return {
    receipt,
    sellsOnDelivery,
    meters: least !== null,
    paid(buyer) {
      buyers.delete(buyer);
      buyers.add(buyer);
      if (buyers.size > MAX_KNOWN) buyers.delete(buyers.values().next().value!);
    },
    async quote(event, { expiresAtS, priceUnits, mode, incrementS }) {
      const nowMs = clock();
      const limit = buyers.has(event.pubkey) ? known : strangers;
      if (!limit.take(nowMs)) return null;
      const nowS = Math.floor(nowMs / 1_000);
      const deadlineS = expiresAtS ?? nowS + RESULT_S;
      const secret = mode === "on-delivery"
        ? await deliveryKey(signer, pubkey, event.id)
        : await receipt(event.id);
      const metered = mode === "metered" && incrementS !== undefined;
      // The increments that fit into the time until the deadline, and the one that is running then.
      const most = metered
        ? BigInt(Math.max(0, Math.floor((deadlineS - nowS) / incrementS))) + 1n
        : 1n;
      const [signed] = await signer.signEvents([
        quoteEvent({
          asset: terms.asset,
          chain: terms.chain,
          ilpAddress: terms.ilpAddress,
          requestId: event.id,
          buyer: event.pubkey,
          provider: pubkey as Pubkey,
          content: contentHash(event),
          priceUnits: metered ? deposit(priceUnits) * most : priceUnits,
          depositUnits: mode === "upfront" ? priceUnits : deposit(priceUnits),
          ...metered && { incrementS },
          mode,
          condition: conditionOf(secret).toHex(),
          validUntilS: Math.min(nowS + VALID_S, deadlineS),
          deadlineS,
        }, nowS),
      ]);
      return signed;
    },
  };
}
