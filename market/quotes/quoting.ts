/**
 * Provider's side: a signed quote for each unpaid request that it would take. Nothing is kept of it and nothing is reserved: the buyer
 * brings the quote along when it pays, and its receipt is computed again then.
 *
 * Asking costs nothing, so answers are limited: a bucket for all strangers together, and another for buyers who paid since the provider
 * started (the last {@link MAX_KNOWN} of them), so that a crowd of strangers keeps no paying buyer waiting. Payments are not limited by either.
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

/** What stands in every quote of a provider. */
export interface QuoteTerms {
  readonly asset: Quote["asset"];
  readonly chain: Quote["chain"];
  readonly ilpAddress: string;
  /** What the least result costs to publish, in decimal; absent where nothing is sold on delivery. */
  readonly leastDepositUnits?: string;
}

/** What is asked of a quote. */
interface QuoteWish {
  readonly expiresAtS: number | null;
  readonly priceUnits: bigint;
  readonly mode: QuotedMode;
  /** Run time that an increment buys, of a metered job. */
  readonly incrementS?: number;
}

/** Makes quotes. */
export interface Quoting {
  /** The signed quote, or null where too many ask now. */
  quote(event: NostrEvent, wish: QuoteWish): Promise<NostrEvent | null>;
  /** Whether so much can be paid on delivery here: the deposit is less than the price. */
  sellsOnDelivery(priceUnits: bigint): boolean;
  /** Whether jobs can be paid while they run. */
  readonly meters: boolean;
  /** What opens the condition of every quote for this request that is paid upfront. */
  receipt(requestId: string): Promise<Uint8Array>;
  /** This buyer pays: its questions come before those of strangers. */
  paid(buyer: string): void;
}

/** For how long a quote may be paid. */
const VALID_S = 120;
/** Until when there is a result of a request that names no time. */
const RESULT_S = 300;
const MAX_KNOWN = 4_096;
/** At once, and a second: asking takes a signature to check and one to make. */
const STRANGERS = [20, 10] as const;
const KNOWN = [40, 20] as const;

/** The key to the sealed result of a request: the same whenever it is made, and nobody else's to make. */
export function deliveryKey(
  signer: Pick<Signer, "packetFulfilments">,
  pubkey: string,
  requestId: string,
): Promise<Uint8Array> {
  return ownSecret(signer, pubkey, `crosstown delivery key ${requestId}`);
}

/** A conversation with oneself: nobody else can compute what follows from it. */
async function ownSecret(
  signer: Pick<Signer, "packetFulfilments">,
  pubkey: string,
  words: string,
): Promise<Uint8Array> {
  const dataSha256 = sha256(new TextEncoder().encode(words));
  const [made] = await signer.packetFulfilments([{ peer: pubkey, dataSha256 }]);
  return made;
}

/** Makes it. */
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
      // As long as the job may run, and the increment that it is in then.
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
