/**
 * Computes the binding quotes of a provider, which it signs and sends in a refusal ({@link ./quoting.ts}), or publishes on a relay. Nothing is
 * stored and nothing is reserved: price, receipt and key are computed again when the quote is paid.
 *
 * @see docs/money.md#quotes
 * @module
 */
import { sha256 } from "@noble/hashes/sha2.js";
import type { Signer } from "../../money/signer/signer.ts";
import { conditionOf } from "../../protocols/ilp/condition.ts";
import type { NostrEvent, Pubkey, UnsignedEvent } from "../../protocols/nostr/event.ts";
import {
  contentHash,
  type Quote,
  type QuotedMode,
  quoteEvent,
} from "../../protocols/nostr/job_quote.ts";
import { type Increment, mostOf } from "../../protocols/nostr/metered.ts";
import { answersKeyOf } from "../../protocols/nostr/private_job.ts";
import type { TokenTerms } from "../../protocols/nostr/token_price.ts";
import { firstPart, quotedParts } from "./quoted_parts.ts";

/** The fields that all quotes of a provider have in common. */
export interface QuoteTerms {
  readonly asset: Quote["asset"];
  readonly chain: Quote["chain"];
  readonly ilpAddress: string;
  /** Its addresses at further connectors. A quote names the one at which it was asked for. Default: none. */
  readonly moreAddresses?: readonly string[];
  /** The price of publishing the smallest result, in decimal. Absent if this provider sells nothing on delivery. */
  readonly leastDepositUnits?: string;
  /** The same for a result in a gift wrap. Default: the price of an unwrapped one. */
  readonly leastWrappedUnits?: string;
}

/** What a quote is asked for. */
export interface QuoteWish {
  /** The address to which the question was sent. Default: the provider's first one. */
  readonly askedAt?: string;
  readonly expiresAtS: number | null;
  readonly priceUnits: bigint;
  readonly mode: QuotedMode;
  /** What one increment buys, if the job is metered. */
  readonly increment?: Increment;
  /** The tokens that the price includes. */
  readonly tokens?: TokenTerms;
}

/** When a quote is made, and how long it may be paid. */
interface QuoteTime {
  readonly nowS: number;
  /** Seconds. A quote never outlives the deadline of its result. */
  readonly validS: number;
  /** Where it is sent. Default: in a refusal. */
  readonly published?: { readonly info: string; readonly extraTags: readonly string[][] };
}

/** Computes quotes. */
export interface QuoteOffers {
  /** The quote, for the provider's signer. */
  offer(event: NostrEvent, wish: QuoteWish, time: QuoteTime): Promise<UnsignedEvent>;
  /**
   * Whether a job of this price can be paid on delivery: the deposit must be less than the price. The quote of a private job is higher if its
   * price does not cover the wrap of its result.
   */
  sellsOnDelivery(priceUnits: bigint, isPrivate: boolean): boolean;
  /** Whether jobs can be paid while they run. */
  readonly meters: boolean;
  /** The fulfilment of every quote for this request, except those paid on delivery. */
  receipt(requestId: string): Promise<Uint8Array>;
}

/** The deadline of the result if the request names none, in seconds. */
const RESULT_S = 300;

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

/** Makes it for one provider. */
export function quoteOffers(
  terms: QuoteTerms,
  { pubkey, signer }: {
    readonly pubkey: string;
    readonly signer: Pick<Signer, "packetFulfilments">;
  },
): QuoteOffers {
  const least = terms.leastDepositUnits === undefined ? null : BigInt(terms.leastDepositUnits);
  const receipt = (requestId: string) =>
    ownSecret(signer, pubkey, `crosstown quote receipt ${requestId}`);
  const leastWrapped = terms.leastWrappedUnits === undefined
    ? least
    : BigInt(terms.leastWrappedUnits);
  return {
    receipt,
    sellsOnDelivery: (priceUnits, isPrivate) =>
      least !== null && (isPrivate || firstPart(priceUnits, least) < priceUnits),
    meters: least !== null,
    async offer(
      event,
      { askedAt, expiresAtS, priceUnits, mode, increment, tokens },
      { nowS, validS, published },
    ) {
      const deadlineS = expiresAtS ?? nowS + RESULT_S;
      const secret = mode === "on-delivery"
        ? await deliveryKey(signer, pubkey, event.id)
        : await receipt(event.id);
      const metered = mode === "metered" && increment !== undefined;
      const most = metered ? BigInt(mostOf(increment, deadlineS - nowS)) : 1n;
      const paid = { mode, increment, isPrivate: answersKeyOf(event) !== null };
      const { wholeUnits, partUnits } = quotedParts(priceUnits, paid, {
        open: least,
        wrapped: leastWrapped,
      });
      const quote: Quote = {
        asset: terms.asset,
        chain: terms.chain,
        ilpAddress: terms.moreAddresses?.find((each) => each === askedAt) ?? terms.ilpAddress,
        requestId: event.id,
        buyer: event.pubkey,
        provider: pubkey as Pubkey,
        content: contentHash(event),
        priceUnits: wholeUnits * most,
        depositUnits: partUnits,
        ...metered && { increment },
        ...!metered && tokens !== undefined && { tokens },
        mode,
        condition: conditionOf(secret).toHex(),
        validUntilS: Math.min(nowS + validS, deadlineS),
        deadlineS,
      };
      return quoteEvent(quote, nowS, published);
    },
  };
}
