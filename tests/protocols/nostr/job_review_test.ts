/** What the receipt in a review proves. */
import assert from "node:assert/strict";
import { sha256 } from "@noble/hashes/sha2.js";
import { asEventId, type NostrEvent } from "../../../protocols/nostr/event.ts";
import { type Quote, quoteEvent } from "../../../protocols/nostr/job_quote.ts";
import {
  type JobReview,
  provenPayment,
  readReview,
  reviewTemplate,
} from "../../../protocols/nostr/job_review.ts";
import { publicKeyOf, signEvent } from "../../../protocols/nostr/sign.ts";
import { createVerifier } from "../../../protocols/nostr/verifier.ts";

const NOW_S = 1_770_000_000;
const PREIMAGE = new Uint8Array(32).fill(9);
const secret = (at: number) => new Uint8Array(32).fill(at);
const [PROVIDER, BUYER] = [publicKeyOf(secret(1)), publicKeyOf(secret(2))];
const REQUEST = asEventId("ab".repeat(32));
const verifier = await createVerifier();

function quote(over: Partial<Quote> = {}, signer = 1): NostrEvent {
  const event = quoteEvent({
    requestId: REQUEST,
    buyer: BUYER,
    provider: publicKeyOf(secret(signer)),
    content: "a".repeat(64),
    priceUnits: 700n,
    depositUnits: 700n,
    asset: { code: "M2M", scale: 6 },
    chain: { chainId: 31337, tokenNetworkAddress: "" },
    mode: "upfront",
    ilpAddress: "test.dev.provider",
    condition: sha256(PREIMAGE).toHex(),
    validUntilS: NOW_S + 60,
    deadlineS: NOW_S + 600,
    ...over,
  }, NOW_S);
  return signEvent(event, secret(signer), new Uint8Array(32));
}

/** What a reader of this review learns of its payment. */
function units(signed: unknown, preimage = PREIMAGE.toHex(), reviewer: string = BUYER) {
  const said: JobReview = {
    provider: PROVIDER,
    requestId: REQUEST,
    went: "badly",
    receipt: { preimage, quote: typeof signed === "string" ? signed : JSON.stringify(signed) },
  };
  const read = readReview(reviewTemplate(said, 5600, NOW_S));
  return read && (provenPayment(read, reviewer, verifier)?.units ?? null);
}

Deno.test("provenPayment() is what a quote and its preimage prove: the price, or a metered job's first increment", () => {
  assert.equal(units(quote()), 700n);
  assert.equal(units(quote({ priceUnits: 2n ** 64n - 1n })), 2n ** 64n - 1n);
  const metered = {
    mode: "metered",
    depositUnits: 20n,
    increment: { unit: "second", size: 15 },
  } as const;
  assert.equal(units(quote(metered)), 20n);
});

Deno.test("provenPayment() of a review without a receipt, or with one that cannot be read, is null, and the review is read all the same", () => {
  const said = { provider: PROVIDER, requestId: REQUEST, went: "well" } as const;
  assert.deepEqual(readReview(reviewTemplate(said, 5600, NOW_S)), said);
  assert.equal(provenPayment(said, BUYER, verifier), null);
  const good = ["receipt", PREIMAGE.toHex(), JSON.stringify(quote())];
  const odd = [
    ["receipt"],
    ["receipt", "x"],
    ["receipt", PREIMAGE.toHex(), "x".repeat(8_193)],
    ["receipt", PREIMAGE.toHex().toUpperCase().replace("09", "0A"), "{}"],
  ];
  for (const tags of [...odd.map((tag) => [tag]), [good, good]]) {
    const event = reviewTemplate(said, 5600, NOW_S);
    assert.deepEqual(readReview({ ...event, tags: [...event.tags, ...tags] }), said);
  }
});

for (
  const [name, found] of Object.entries({
    "a price of nothing": () => units(quote({ priceUnits: 0n })),
    "a price that no packet can pay": () => units(quote({ priceUnits: 2n ** 64n })),
    "another preimage": () => units(quote(), "00".repeat(32)),
    "the quote of another provider": () => units(quote({}, 3)),
    "the quote of another request": () => units(quote({ requestId: asEventId("cd".repeat(32)) })),
    "the quote of another buyer": () => units(quote({ buyer: publicKeyOf(secret(4)) })),
    "a reviewer who was not the buyer": () => units(quote(), undefined, publicKeyOf(secret(4))),
    "a price that was changed": () => {
      const event = quote();
      const tags = event.tags.map((tag) => tag[0] === "amount" ? ["amount", "9", "units"] : tag);
      return units({ ...event, tags });
    },
    "a signature that is wrong": () => units({ ...quote(), sig: "0".repeat(128) }),
    "an event that is no quote": () =>
      units(signEvent(
        { kind: 1, pubkey: PROVIDER, created_at: NOW_S, tags: [], content: "" },
        secret(1),
        new Uint8Array(32),
      )),
    "no event": () => units("null"),
    "no JSON": () => units("{"),
  })
) {
  Deno.test(`provenPayment() is null for ${name}`, () => assert.equal(found(), null));
}
