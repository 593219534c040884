/** Reviewers, their follows, and relays that tell of them. */
import { sha256 } from "@noble/hashes/sha2.js";
import type { FoundReview } from "../../market/found_review.ts";
import { reviewsNear } from "../../market/reviews.ts";
import { asEventId, asPubkey, type NostrEvent } from "../../protocols/nostr/event.ts";
import { eventId } from "../../protocols/nostr/event_id.ts";
import type { Filter } from "../../protocols/nostr/filter.ts";
import { type Quote, quoteEvent } from "../../protocols/nostr/job_quote.ts";
import { publicKeyOf, signEvent } from "../../protocols/nostr/sign.ts";
import { reviewTemplate } from "../../protocols/nostr/job_review.ts";
import { createVerifier } from "../../protocols/nostr/verifier.ts";

export const NOW_MS = 1_770_000_000_000;
export const DAY_MS = 86_400_000;
export const key = (name: string | number) => asPubkey(Number(name).toString(16).padStart(64, "0"));
export const ROOT = key(1);
export const PROVIDER = key(2);

export const signed = (pubkey: string, template: Omit<NostrEvent, "id" | "sig" | "pubkey">) => {
  const event = { ...template, pubkey: asPubkey(pubkey) };
  return { ...event, id: eventId(event), sig: "0".repeat(128) } as NostrEvent;
};
export const follows = (who: string, whom: readonly string[], ageS = 100) =>
  signed(who, {
    kind: 3,
    created_at: NOW_MS / 1_000 - ageS,
    tags: whom.map((each) => ["p", each]),
    content: "",
  });
export const review = (
  who: string,
  { went = "well", job = 1, ageDays = 0, provider = PROVIDER as string }: {
    readonly went?: "well" | "badly";
    readonly job?: number;
    readonly ageDays?: number;
    readonly provider?: string;
  } = {},
) => {
  const said = { provider: asPubkey(provider), requestId: asEventId(key(job)), went };
  return signed(who, reviewTemplate(said, 5600, Math.floor((NOW_MS - ageDays * DAY_MS) / 1_000)));
};

export const MONEY = {
  asset: { code: "M2M", scale: 6 },
  chain: { chainId: 31337, tokenNetworkAddress: `0x${"Ab".repeat(20)}` },
};
export const SECRETS = {
  provider: new Uint8Array(32).fill(3),
  reviewer: new Uint8Array(32).fill(4),
};
/** A review with a receipt, and the provider whose it is. */
export function receipted(over: Partial<Quote> = {}, ageDays = 0) {
  const [provider, reviewer] = [publicKeyOf(SECRETS.provider), publicKeyOf(SECRETS.reviewer)];
  const preimage = new Uint8Array(32).fill(9);
  const nowS = NOW_MS / 1_000;
  const quote = signEvent(
    quoteEvent({
      requestId: asEventId(key(1)),
      buyer: reviewer,
      provider,
      content: "a".repeat(64),
      priceUnits: 700n,
      depositUnits: 700n,
      ...MONEY,
      mode: "upfront",
      ilpAddress: "test.dev.provider",
      condition: sha256(preimage).toHex(),
      validUntilS: nowS,
      deadlineS: nowS,
      ...over,
    }, nowS),
    SECRETS.provider,
    new Uint8Array(32),
  );
  const receipt = { preimage: preimage.toHex(), quote: JSON.stringify(quote) };
  const said = { provider, requestId: asEventId(key(1)), went: "well", receipt } as const;
  const event = signed(reviewer, reviewTemplate(said, 5600, nowS - ageDays * 86_400));
  return reviewsNear(
    relay([follows(ROOT, [reviewer]), event]),
    createVerifier,
    ROOT,
    provider,
    NOW_MS,
    MONEY,
  );
}

/** A relay that tells everything it has, whatever was asked, as a relay may. */
export const relay = (events: readonly NostrEvent[], asked: Filter[] = []) => (filter: Filter) => {
  asked.push(filter);
  return Promise.resolve(events);
};
export const near = (events: readonly NostrEvent[]) =>
  reviewsNear(relay(events), createVerifier, ROOT, PROVIDER, NOW_MS, MONEY);

export const found = (reviewer: string, more: Partial<FoundReview> = {}): FoundReview => ({
  eventId: "e".repeat(64),
  reviewer,
  distance: 1,
  provider: PROVIDER,
  requestId: key(1),
  went: "well",
  paidUnits: 1n,
  atMs: NOW_MS,
  ...more,
});
export const sum = (weights: readonly { readonly weight: number }[]) =>
  weights.reduce((total, { weight }) => total + weight, 0);
