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
import { answersKeyOf } from "../../protocols/nostr/private_job.ts";
import { type Increment, mostOf } from "../../protocols/nostr/metered.ts";
import type { TokenTerms } from "../../protocols/nostr/token_price.ts";
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
  /** Its addresses at further connectors. A quote names the one at which it was asked for. Default: none. */
  readonly moreAddresses?: readonly string[];
  /** The price of publishing the smallest result, in decimal. Absent if this provider sells nothing on delivery. */
  readonly leastDepositUnits?: string;
  /** The same for a result in a gift wrap. Default: the price of an unwrapped one. */
  readonly leastWrappedUnits?: string;
}

/** What a quote is asked for. */
interface QuoteWish {
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

/** Makes quotes. */
export interface Quoting {
  /** The signed quote. Null if too many ask now. */
  quote(event: NostrEvent, wish: QuoteWish): Promise<NostrEvent | null>;
  /**
   * Whether a job of this price can be paid on delivery: the deposit must be less than the price. The quote of a private job is higher if its
   * price does not cover the wrap of its result.
   */
  sellsOnDelivery(priceUnits: bigint, isPrivate: boolean): boolean;
  /** Whether jobs can be paid while they run. */
  readonly meters: boolean;
  /** The fulfilment of every quote for this request, except those paid on delivery. */
  receipt(requestId: string): Promise<Uint8Array>;
  /** Whether this buyer has paid since the provider started. */
  knows(buyer: string): boolean;
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

/**
 * The least price of an increment, from the price of publishing the smallest result. That result holds one KiB of output. So an increment of
 * more output also pays for what its output adds to the result.
 */
function leastOf({ unit, size }: Increment, leastUnits: bigint | null): bigint | null {
  if (leastUnits === null || unit === "second") return leastUnits;
  return (leastUnits * BigInt(size + 1) + 1n) / 2n;
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
  const leastWrapped = terms.leastWrappedUnits === undefined
    ? least
    : BigInt(terms.leastWrappedUnits);
  const deposit = (priceUnits: bigint, atLeast = least) =>
    larger(atLeast ?? 0n, (priceUnits + 3n) / 4n);
  const sellsOnDelivery = (priceUnits: bigint, isPrivate: boolean) =>
    least !== null && (isPrivate || deposit(priceUnits) < priceUnits);
  return {
    receipt,
    sellsOnDelivery,
    meters: least !== null,
    knows: (buyer) => buyers.has(buyer),
    paid(buyer) {
      buyers.delete(buyer);
      buyers.add(buyer);
      if (buyers.size > MAX_KNOWN) buyers.delete(buyers.values().next().value!);
    },
    async quote(event, { askedAt, expiresAtS, priceUnits, mode, increment, tokens }) {
      const nowMs = clock();
      const limit = buyers.has(event.pubkey) ? known : strangers;
      if (!limit.take(nowMs)) return null;
      const nowS = Math.floor(nowMs / 1_000);
      const deadlineS = expiresAtS ?? nowS + RESULT_S;
      const secret = mode === "on-delivery"
        ? await deliveryKey(signer, pubkey, event.id)
        : await receipt(event.id);
      const metered = mode === "metered" && increment !== undefined;
      const most = metered ? BigInt(mostOf(increment, deadlineS - nowS)) : 1n;
      // Only the first part is certainly paid, so it pays for the write of the result.
      const isPrivate = answersKeyOf(event) !== null;
      const atLeast = isPrivate ? leastWrapped : least;
      const part = deposit(priceUnits, metered ? leastOf(increment, atLeast) : atLeast);
      const whole = metered
        ? part * most
        : mode === "on-delivery" && isPrivate
        ? larger(priceUnits, part + (priceUnits + 3n) / 4n)
        : priceUnits;
      const [signed] = await signer.signEvents([
        quoteEvent({
          asset: terms.asset,
          chain: terms.chain,
          ilpAddress: terms.moreAddresses?.find((each) => each === askedAt) ?? terms.ilpAddress,
          requestId: event.id,
          buyer: event.pubkey,
          provider: pubkey as Pubkey,
          content: contentHash(event),
          priceUnits: whole,
          depositUnits: mode === "upfront" ? priceUnits : part,
          ...metered && { increment },
          ...!metered && tokens !== undefined && { tokens },
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
